namespace Mimir.Kernels.Tests;

/// <summary>Finite differences of a float64 reference.</summary>
internal static class Derivatives
{
    /// <summary>Requires <paramref name="gradient"/> to be the derivatives of <paramref name="value"/> in the array that it reads.</summary>
    public static void AssertAre(double[] gradient, double[] at, Func<double> value, double tolerance = 1e-8)
    {
        const double step = 1e-5;
        for (var i = 0; i < at.Length; i++)
        {
            var here = at[i];
            at[i] = here + step;
            var above = value();
            at[i] = here - step;
            var below = value();
            at[i] = here;
            Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * step)).Within(tolerance), $"element {i}");
        }
    }
}
