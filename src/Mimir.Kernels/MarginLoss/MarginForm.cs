namespace Mimir.Kernels;

/// <summary>How far a sample is from being classified right: all are negative while it is right, zero at the boundary, positive beyond it.
/// z are the logits, y the label, π the classes by descending logit (of equal ones the lower class first).</summary>
public enum MarginForm
{
    /// <summary>max_{c≠y} z_c − z_y (Carlini and Wagner 2017, arXiv:1608.04644); at least 2 classes.</summary>
    Margin,

    /// <summary>−(z_y − max_{c≠y} z_c) / (z_π1 − z_π3 + 1e-12), the difference of logits ratio, which scaling the logits does not change
    /// (Croce and Hein 2020, arXiv:2003.01690, eq. 6); at least 3 classes.</summary>
    Dlr,

    /// <summary>−(z_y − z_t) / (z_π1 − (z_π3 + z_π4)/2 + 1e-12) towards a target t (the same, eq. 7); at least 4 classes.</summary>
    TargetedDlr,

    /// <summary>z_t − z_y, the plain difference towards a target t: what <see cref="TargetedDlr"/> is without its denominator; at least 2 classes.</summary>
    Difference,
}
