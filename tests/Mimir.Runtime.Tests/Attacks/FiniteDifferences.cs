using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Compares a gradient with central differences along random directions.</summary>
internal static class FiniteDifferences
{
    /// <summary>Checks.</summary>
    /// <param name="points">Where; moved and put back.</param>
    /// <param name="gradient">The gradient there.</param>
    /// <param name="tolerance">Largest error, relative to the length of the gradient: that of a slope in a direction of random signs is of this size.</param>
    /// <param name="value">The function at <paramref name="points"/>.</param>
    public static void Check(DeviceSpan<float> points, DeviceSpan<float> gradient, double tolerance, Func<double> value)
    {
        const double Step = 1e-3;
        var (at, slopes) = (points.ToArray(), gradient.ToArray());
        var length = Math.Sqrt(slopes.Sum(slope => (double)slope * slope));
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            var signs = Array.ConvertAll(at, _ => random.Next(2) == 0 ? -1f : 1f);
            double Value(double step)
            {
                points.CopyFrom([.. at.Zip(signs, (p, sign) => (float)(p + step * sign))]);
                return value();
            }

            var difference = (Value(Step) - Value(-Step)) / (2 * Step);
            var slope = slopes.Zip(signs, (a, b) => (double)a * b).Sum();
            Assert.That(difference, Is.EqualTo(slope).Within(tolerance * length), $"direction {seed}, gradient of length {length}");
        }

        points.CopyFrom(at);
    }
}
