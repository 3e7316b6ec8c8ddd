using Mimir.Kernels;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>The losses of the three attacks of auto-PGD, by what follows <c>apgd-</c> in their names.</summary>
internal static class ApgdLosses
{
    public static readonly string[] Names = ["ce", "dlr", "t"];

    public static AttackLoss Of(string name) => name switch
    {
        "ce" => AttackLoss.CrossEntropy,
        "dlr" => new AttackLoss(MarginForm.Dlr),
        _ => new AttackLoss(MarginForm.TargetedDlr),
    };
}
