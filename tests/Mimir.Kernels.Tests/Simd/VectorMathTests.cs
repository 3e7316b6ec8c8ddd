using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>The functions of <see cref="VectorMath"/> and <see cref="GeluTable"/> against float64, at every width. The bounds are those in their documentation.</summary>
[TestFixture]
public unsafe class VectorMathTests
{
    private enum Function
    {
        Exp,
        Log,
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
    public void GeluIsAccurate()
    {
        AssertUlps(Function.Gelu, [.. Steps(-2f, 15f, 50_000), .. Near0()], NormalFunction.Gelu, 3.5);
        var tail = Steps(-6f, -2f, 50_000);
        var far = Steps(-40f, -6f, 20_000);
        foreach (var host in KernelCases.Hosts)
        {
            AssertWithin(host, Function.Gelu, tail, NormalFunction.Gelu, x => Math.Min(2.5e-7, 8e-5 * Math.Abs(NormalFunction.Gelu(x))));
            AssertWithin(host, Function.Gelu, far, NormalFunction.Gelu, _ => 6e-9);
        }
    }

    [Test]
    public void GeluDerivativeIsAccurate()
    {
        float[] points = [.. Steps(-15f, 15f, 100_000), .. Near0()];
        foreach (var host in KernelCases.Hosts)
        {
            AssertWithin(
                host, Function.GeluDerivative, points, x => NormalFunction.Cdf(x) + x * NormalFunction.Density(x), _ => 1.5e-7);
        }
    }

    /// <summary>Where two polynomials meet neither function may jump by more than its error.</summary>
    [Test]
    public void GeluIsContinuousWherePolynomialsMeet()
    {
        foreach (var host in KernelCases.Hosts)
        {
            for (var n = 0; n < 15; n++)
            {
                var joint = (n + 0.5f) / 2.4f;
                float[] around = [MathF.BitDecrement(joint), joint, MathF.BitIncrement(joint)];
                var value = Evaluate(host, Function.Gelu, around);
                var slope = Evaluate(host, Function.GeluDerivative, around);
                Assert.That(value.Max() - value.Min(), Is.LessThan(1.5e-6f), $"{host.Width} {joint:R}");
                Assert.That(slope.Max() - slope.Min(), Is.LessThan(3e-7f), $"{host.Width} {joint:R}");
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
            AssertExactly(host, Function.Gelu, [0f, -0f, infinity, -infinity, 1e30f, -1e30f, float.MaxValue, -float.MaxValue, s_nan],
                [0f, -0f, infinity, 0f, 1e30f, 0f, float.MaxValue, 0f, s_nan]);
            AssertExactly(host, Function.GeluDerivative, [0f, -0f, infinity, -infinity, 1e30f, -1e30f, s_nan],
                [0.5f, 0.5f, 1f, 0f, 1f, 0f, s_nan]);
        }
    }

    private static void AssertWithin(
        HostDevice host, Function function, float[] points, Func<double, double> reference, Func<double, double> bound)
    {
        var actual = Evaluate(host, function, points);
        double worst = 0;
        for (var i = 0; i < points.Length; i++)
        {
            var error = Math.Abs(actual[i] - reference(points[i]));
            worst = Math.Max(worst, error);
            if (!(error <= bound(points[i])))
                Assert.Fail($"{function}({points[i]:R}) at {host.Width} is {actual[i]:R}, off by {error:E2}; bound {bound(points[i]):E2}");
        }

        TestContext.Out.WriteLine($"{function} {host.Width}: {worst:E2} absolute on [{points[0]:R}, {points[^1]:R}]");
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
                case Function.Gelu: return GeluTable.Gelu<S, V>(v, GeluTable.Coefficients);
                case Function.GeluDerivative: return GeluTable.Derivative<S, V>(v, GeluTable.Coefficients);
                case Function.GeluOfPair: return GeluTable.GeluWithDerivative<S, V>(v, GeluTable.Coefficients, out derivative);
                default:
                    GeluTable.GeluWithDerivative<S, V>(v, GeluTable.Coefficients, out derivative);
                    return derivative;
            }
        }
    }
}
