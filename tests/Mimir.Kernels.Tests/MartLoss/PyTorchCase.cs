namespace Mimir.Kernels.Tests;

/// <summary>Three rows of five logits that PyTorch was given too.</summary>
internal static class PyTorchCase
{
    /// <summary>2 sin(1.3 (i + 1)(j + 2)).</summary>
    public static float[] Natural { get; } = [.. Places.Select(at => (float)(2 * Math.Sin(1.3 * (at.I + 1) * (at.J + 2))))];

    /// <summary>2 cos(0.7 (i + 2)(j + 1)).</summary>
    public static float[] Adversarial { get; } = [.. Places.Select(at => (float)(2 * Math.Cos(0.7 * (at.I + 2) * (at.J + 1))))];

    private static IEnumerable<(int I, int J)> Places => Enumerable.Range(0, 15).Select(n => (n / 5, n % 5));
}
