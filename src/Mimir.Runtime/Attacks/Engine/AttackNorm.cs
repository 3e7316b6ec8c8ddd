namespace Mimir.Runtime.Attacks;

/// <summary>How the length of a perturbation is measured.</summary>
public enum AttackNorm
{
    /// <summary>The largest change of a value.</summary>
    Linf,

    /// <summary>The Euclidean length over all values of an image.</summary>
    L2,
}
