namespace Mimir.Runtime.Verification;

/// <summary>How far float32 results may lie from the reference, relative in the L2 norm.</summary>
internal static class Bounds
{
    /// <summary>Outputs and latents.</summary>
    public const double Output = 2e-5;

    /// <summary>Losses.</summary>
    public const double Loss = 1e-5;

    /// <summary>Gradients.</summary>
    public const double Gradient = 1e-4;

    /// <summary>Change of the parameters in a step of the optimiser.</summary>
    public const double Update = 1e-3;

    /// <summary>Values of the information estimators, whose insides are float64.</summary>
    public const double Information = 1e-5;

    /// <summary>Share of adversarial values that may differ: a gradient near zero may round to the other sign.</summary>
    public const double FlippedValues = 0.0005;

    /// <summary>Difference from which an adversarial value counts as another one.</summary>
    public const double SameValue = 1e-6;
}
