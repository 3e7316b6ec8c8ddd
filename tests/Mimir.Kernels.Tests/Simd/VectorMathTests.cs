using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>The functions of <see cref="VectorMath"/> against float64, at every width. The bounds are those in their documentation.</summary>
[TestFixture]
public unsafe class VectorMathTests
{
    private const double TailStart = -12.9; // below, Φ is subnormal

    private enum Function
    {
        Exp,
        Log,
        NormalCdf,
        Gelu,
        GeluDerivative,
        GeluOfPair,
        DerivativeOfPair,
    }

    private static readonly float s_nan = float.NaN;

    [Test]
    public void ExpIsAccurate() => AssertUlps(Function.Exp, Steps(-87.3f, 88.3f, 200_000), Math.Exp, 1.1);

    [Test]
    public void LogIsAccurate()
    {
        AssertUlps(Function.Log, AllMagnitudes(200_000), Math.Log, 1.2);
        AssertUlps(Function.Log, Steps(0.5f, 2f, 200_000), Math.Log, 1.2);
    }

    [Test]
    public void NormalCdfIsAccurateInBothTails() =>
        AssertTails(Function.NormalCdf, NormalFunction.Cdf, 3.5, 5);

    [Test]
    public void GeluIsAccurateInBothTails() =>
        AssertTails(Function.Gelu, NormalFunction.Gelu, 4.5, 6);

    [Test]
    public void GeluDerivativeIsAccurate()
    {
        float[] points = [.. Steps((float)TailStart, 15f, 50_000), .. Near0()];
        foreach (var host in KernelCases.Hosts)
        {
            var actual = Evaluate(host, Function.GeluDerivative, points);
            double worst = 0, worstUlps = 0;
            for (var i = 0; i < points.Length; i++)
            {
                double x = points[i];
                var error = Math.Abs(actual[i] - NormalFunction.Cdf(x) - x * NormalFunction.Density(x));
                worst = Math.Max(worst, error);
                worstUlps = Math.Max(worstUlps, error / Ulp(NormalFunction.Cdf(x) + Math.Abs(x) * NormalFunction.Density(x)));
            }

            TestContext.Out.WriteLine($"GeluDerivative {host.Width}: {worst:E2} absolute, {worstUlps:F2} ulp of the terms' magnitudes");
            Assert.That(worst, Is.LessThanOrEqualTo(1.5e-7), $"{host.Width}");
            Assert.That(worstUlps, Is.LessThanOrEqualTo(3.5), $"{host.Width}");
        }
    }

    [Test]
    public void BelowTheTailTheErrorIsAbsolute()
    {
        var points = Steps(-40f, (float)TailStart, 20_000);
        foreach (var host in KernelCases.Hosts)
        {
            var cdf = Evaluate(host, Function.NormalCdf, points);
            var gelu = Evaluate(host, Function.Gelu, points);
            var derivative = Evaluate(host, Function.GeluDerivative, points);
            for (var i = 0; i < points.Length; i++)
            {
                // Below −13.2 the true value, at most 4.4e-40, is replaced by 0; above, subnormals are rounded.
                var dropped = points[i] < -13.2f;
                var exact = NormalFunction.Cdf(points[i]);
                Assert.That(Math.Abs(cdf[i] - exact), Is.LessThanOrEqualTo(dropped ? 4.5e-40 : 1e-44), $"{host.Width} {points[i]:R}");
                Assert.That(Math.Abs(gelu[i] - points[i] * exact), Is.LessThanOrEqualTo(dropped ? 6e-39 : 1e-42), $"{host.Width} {points[i]:R}");
                Assert.That(derivative[i], dropped ? Is.Zero : Is.InRange(-2e-35f, 0f), $"{host.Width} {points[i]:R}");
            }
        }
    }

    [Test]
    public void ThePairHasTheSameBits()
    {
        float[] points = [.. Steps(-15f, 15f, 20_001), 0f, -0f, s_nan, float.PositiveInfinity, float.NegativeInfinity];
        foreach (var host in KernelCases.Hosts)
        {
            Assert.That(Evaluate(host, Function.GeluOfPair, points), Is.EqualTo(Evaluate(host, Function.Gelu, points)));
            Assert.That(Evaluate(host, Function.DerivativeOfPair, points), Is.EqualTo(Evaluate(host, Function.GeluDerivative, points)));
        }
    }

    [Test]
    public void SpecialValues()
    {
        const float infinity = float.PositiveInfinity;
        foreach (var host in KernelCases.Hosts)
        {
            AssertExactly(host, Function.Exp, [0f, -0f, infinity, -infinity, 89f, 1e30f, float.MaxValue, -88f, -1e30f, -float.MaxValue, s_nan],
                [1f, 1f, infinity, 0f, infinity, infinity, infinity, 0f, 0f, 0f, s_nan]);
            AssertExactly(host, Function.Log, [1f, 0f, -0f, float.Epsilon, infinity, -infinity, -1f, s_nan],
                [0f, -infinity, -infinity, -infinity, infinity, s_nan, s_nan, s_nan]);
            AssertExactly(host, Function.NormalCdf, [0f, -0f, 10f, infinity, -infinity, 1e30f, -1e30f, float.MaxValue, -float.MaxValue, s_nan],
                [0.5f, 0.5f, 1f, 1f, 0f, 1f, 0f, 1f, 0f, s_nan]);
            AssertExactly(host, Function.Gelu, [0f, -0f, infinity, -infinity, 1e30f, -1e30f, float.MaxValue, -float.MaxValue, s_nan],
                [0f, -0f, infinity, -0f, 1e30f, -0f, float.MaxValue, -0f, s_nan]);
            AssertExactly(host, Function.GeluDerivative, [0f, -0f, infinity, -infinity, 1e30f, -1e30f, s_nan],
                [0.5f, 0.5f, 1f, 0f, 1f, 0f, s_nan]);
        }
    }

    private static void AssertTails(Function function, Func<double, double> reference, double boundAbove, double boundInTail)
    {
        AssertUlps(function, [.. Steps(-2f, 15f, 50_000), .. Near0()], reference, boundAbove);
        AssertUlps(function, Steps((float)TailStart, -2f, 50_000), reference, boundInTail);
    }

    private static void AssertExactly(HostDevice host, Function function, float[] points, float[] expected)
    {
        var actual = Evaluate(host, function, points);
        for (var i = 0; i < points.Length; i++)
        {
            var same = float.IsNaN(expected[i])
                ? float.IsNaN(actual[i])
                : BitConverter.SingleToInt32Bits(actual[i]) == BitConverter.SingleToInt32Bits(expected[i]);
            Assert.That(same, $"{function}({points[i]:R}) at {host.Width} is {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    private static void AssertUlps(Function function, float[] points, Func<double, double> reference, double bound)
    {
        var expected = Array.ConvertAll(points, x => reference(x));
        foreach (var host in KernelCases.Hosts)
        {
            var actual = Evaluate(host, function, points);
            double worst = 0;
            var at = 0;
            for (var i = 0; i < points.Length; i++)
            {
                var ulps = Math.Abs(actual[i] - expected[i]) / Ulp(expected[i]);
                if (!(ulps <= worst))
                    (worst, at) = (ulps, i);
            }

            TestContext.Out.WriteLine($"{function} {host.Width}: {worst:F3} ulp at {points[at]:R}");
            Assert.That(worst, Is.LessThanOrEqualTo(bound), $"{function}({points[at]:R}) at {host.Width}: {actual[at]:R}, expected {expected[at]:R}");
        }
    }

    /// <summary>The spacing of floats around a value, that of the smallest normal float at least.</summary>
    private static double Ulp(double value) => Math.ScaleB(1, Math.Max(value == 0 ? -126 : Math.ILogB(value), -126) - 23);

    private static float[] Steps(float from, float to, int count)
    {
        var points = new float[count];
        for (var i = 0; i < count; i++)
            points[i] = (float)(from + ((double)to - from) * i / (count - 1));
        return points;
    }

    private static float[] Near0()
    {
        var points = AllMagnitudes(10_000).Where(x => x < 1).ToArray();
        return [.. points, .. points.Select(x => -x)];
    }

    /// <summary>Normal floats over the whole range, equally far apart in bits.</summary>
    private static float[] AllMagnitudes(int count)
    {
        var points = new float[count];
        for (var i = 0; i < count; i++)
            points[i] = BitConverter.Int32BitsToSingle((int)(0x00800000 + (0x7F7FFFFFL - 0x00800000) * i / (count - 1)));
        return points;
    }

    private static float[] Evaluate(HostDevice host, Function function, float[] points)
    {
        var results = new float[points.Length];
        fixed (float* x = points, y = results)
            host.For(SimdLoop.Tasks(points.Length, 4096), new Evaluation(function, x, y, points.Length));
        return results;
    }

    private readonly struct Evaluation(Function function, float* x, float* y, int count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = Math.Min(count, to * 4096);
            for (var i = from * 4096; i < end; i += S.Lanes)
            {
                var left = Math.Min(S.Lanes, end - i);
                var v = S.LoadPartial(x + i, left);
                S.StorePartial(y + i, Apply<S, V>(v), left);
            }
        }

        private V Apply<S, V>(V v) where S : struct, ISimd<V> where V : unmanaged
        {
            V derivative;
            switch (function)
            {
                case Function.Exp: return VectorMath.Exp<S, V>(v);
                case Function.Log: return VectorMath.Log<S, V>(v);
                case Function.NormalCdf: return VectorMath.NormalCdf<S, V>(v);
                case Function.Gelu: return VectorMath.Gelu<S, V>(v);
                case Function.GeluDerivative: return VectorMath.GeluDerivative<S, V>(v);
                case Function.GeluOfPair: return VectorMath.GeluWithDerivative<S, V>(v, out derivative);
                default:
                    VectorMath.GeluWithDerivative<S, V>(v, out derivative);
                    return derivative;
            }
        }
    }
}
