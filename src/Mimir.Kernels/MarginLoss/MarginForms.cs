namespace Mimir.Kernels;

/// <summary>What the forms of <see cref="MarginLoss"/> need.</summary>
public static class MarginForms
{
    /// <summary>Fewest classes for which a form is defined.</summary>
    public static int FewestClasses(this MarginForm form) => form switch
    {
        MarginForm.Dlr => 3,
        MarginForm.TargetedDlr => 4,
        _ => 2,
    };

    /// <summary>Whether a sample needs a target class.</summary>
    public static bool IsTargeted(this MarginForm form) => form is MarginForm.TargetedDlr or MarginForm.Difference;
}
