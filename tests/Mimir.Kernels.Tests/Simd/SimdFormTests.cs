using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>Every operation of <see cref="ISimd{V}"/> in every form, against plain float arithmetic lane by lane.</summary>
[TestFixture]
public unsafe class SimdFormTests
{
    private static readonly HostDevice[] s_hosts = KernelCases.Hosts;

    [TestCaseSource(nameof(s_hosts))]
    public void LanesMatchTheWidth(HostDevice host)
    {
        var lanes = 0;
        host.For(1, new LaneCount(&lanes));
        Assert.That(lanes, Is.EqualTo((int)host.Width / 32));
    }

    [TestCaseSource(nameof(s_hosts))]
    public void PartialAccessTouchesNothingBeyond(HostDevice host)
    {
        if (!BoundedMemory.IsSupported)
            Assert.Ignore("guard pages are made with Linux calls");
        var lanes = (int)host.Width / 32;
        var loaded = stackalloc float[16];
        for (var count = 0; count <= lanes; count++)
        {
            foreach (var atEnd in new[] { false, true })
            {
                using BoundedMemory source = new(count, atEnd), destination = new(count, atEnd);
                for (var i = 0; i < count; i++)
                    source.Pointer[i] = i + 1;
                host.For(1, new PartialAccess(source.Pointer, destination.Pointer, count, loaded));
                for (var i = 0; i < lanes; i++)
                    Assert.That(loaded[i], Is.EqualTo(i < count ? i + 1 : 0), $"{host.Width} lane {i} of {count}");
                for (var i = 0; i < count; i++)
                    Assert.That(destination.Pointer[i], Is.EqualTo(i + 1), $"{host.Width} element {i} of {count}");
            }
        }
    }

    [TestCaseSource(nameof(s_hosts))]
    public void PartialStoreLeavesTheRest(HostDevice host)
    {
        var lanes = (int)host.Width / 32;
        var destination = stackalloc float[16];
        var source = stackalloc float[16];
        var loaded = stackalloc float[16];
        for (var count = 0; count <= lanes; count++)
        {
            new Span<float>(destination, 16).Fill(-7);
            new Span<float>(source, 16).Fill(3);
            host.For(1, new PartialAccess(source, destination, count, loaded));
            for (var i = 0; i < 16; i++)
                Assert.That(destination[i], Is.EqualTo(i < count ? 3 : -7), $"{host.Width} element {i} of {count}");
        }
    }

    [TestCaseSource(nameof(s_hosts))]
    public void LaneWiseOperationsMatchFloats(HostDevice host)
    {
        float[] a = [1.5f, -2.25f, 0.1f, -0f, 3e38f, 1e-38f, -7.5f, 2.5f, 100.3f, -0.7f, 5f, -3f, 0.5f, 1.5f, -1e-3f, 12345.6f];
        float[] b = [-0.3f, 4f, 0.1f, 2f, 10f, -2f, 3f, -2.5f, 0.01f, -0.7f, 7f, 9f, -0.25f, 1f, 1e-3f, -6f];
        Assert.Multiple(() =>
        {
            Check(host, Operation.Add, a, b, (x, y) => x + y);
            Check(host, Operation.Subtract, a, b, (x, y) => x - y);
            Check(host, Operation.Multiply, a, b, (x, y) => x * y);
            Check(host, Operation.Divide, a, b, (x, y) => x / y);
            Check(host, Operation.FusedMultiplyAdd, a, b, (x, y) => MathF.FusedMultiplyAdd(x, y, x));
            Check(host, Operation.Min, a, b, MathF.Min);
            Check(host, Operation.Max, a, b, MathF.Max);
            Check(host, Operation.Sqrt, a, b, (x, _) => MathF.Sqrt(x));
            Check(host, Operation.Abs, a, b, (x, _) => MathF.Abs(x));
            Check(host, Operation.Negate, a, b, (x, _) => -x);
            Check(host, Operation.Round, a, b, (x, _) => MathF.Round(x));
            Check(host, Operation.SelectLess, a, b, (x, y) => x < y ? x + 1 : y + 2);
            Check(host, Operation.CopySign, a, b, (x, y) => MathF.CopySign(MathF.Abs(x), y));
        });
    }

    [TestCaseSource(nameof(s_hosts))]
    public void NaNRules(HostDevice host)
    {
        var nan = new float[16];
        var five = new float[16];
        Array.Fill(nan, float.NaN);
        Array.Fill(five, 5f);
        Assert.Multiple(() =>
        {
            Check(host, Operation.Min, five, nan, (_, _) => float.NaN); // the second operand's NaN survives
            Check(host, Operation.Max, five, nan, (_, _) => float.NaN);
            Check(host, Operation.SelectLess, five, nan, (_, y) => y + 2); // every comparison with NaN is false
            Check(host, Operation.SelectLess, nan, five, (_, y) => y + 2);
            Check(host, Operation.Abs, nan, five, (_, _) => float.NaN);
            Check(host, Operation.Round, nan, five, (_, _) => float.NaN);
        });
    }

    /// <summary>Only the low four bits of a position count.</summary>
    [TestCaseSource(nameof(s_hosts))]
    public void LookupTakesTheLowFourBits(HostDevice host)
    {
        var table = Enumerable.Range(0, 16).Select(i => i + 0.5f).ToArray();
        var positions = Enumerable.Range(0, 16).Select(i => BitConverter.Int32BitsToSingle(0x4B400000 + 16 * (i % 3) + (7 * i) % 16)).ToArray();
        Check(host, Operation.Lookup, positions, table, (x, _) => (BitConverter.SingleToInt32Bits(x) & 15) + 0.5f);
    }

    [TestCaseSource(nameof(s_hosts))]
    public void PowerOfTwoIsExact(HostDevice host)
    {
        for (var n = -126; n <= 112; n += 14)
        {
            var exponents = Enumerable.Range(n, 16).Select(v => (float)v).ToArray();
            Check(host, Operation.PowerOfTwo, exponents, exponents, (x, _) => (float)Math.Pow(2, x));
        }

        var overflow = new float[16];
        Array.Fill(overflow, 128f);
        Check(host, Operation.PowerOfTwo, overflow, overflow, (_, _) => float.PositiveInfinity);
    }

    [TestCaseSource(nameof(s_hosts))]
    public void SplitExponentRebuildsTheValue(HostDevice host)
    {
        float[] a =
        [
            1f, 2f, 0.5f, 1.41421354f, 1.41421366f, 0.7071067f, 0.70710683f, 3f, 1.17549435e-38f, float.MaxValue, 1e-30f, 1e30f, 0.999f, 1.001f,
            6.02e23f, 7.7f,
        ];
        float[] mantissas = Apply(host, Operation.Mantissa, a, a), exponents = Apply(host, Operation.Exponent, a, a);
        for (var i = 0; i < mantissas.Length; i++)
        {
            Assert.That(mantissas[i], Is.InRange(0.7071067f, 1.4142136f), $"{host.Width} {a[i]:R}");
            Assert.That(mantissas[i] * Math.Pow(2, exponents[i]), Is.EqualTo(a[i]), $"{host.Width} {a[i]:R}");
        }
    }

    [TestCaseSource(nameof(s_hosts))]
    public void AcrossLanes(HostDevice host)
    {
        var a = Enumerable.Range(1, 16).Select(i => (float)(i % 2 == 0 ? -i : i * i)).ToArray();
        var lanes = (int)host.Width / 32;
        Assert.That(Apply(host, Operation.Sum, a, a), Is.All.EqualTo(a[..lanes].Sum()), $"{host.Width}");
        Assert.That(Apply(host, Operation.MaxAcross, a, a), Is.All.EqualTo(a[..lanes].Max()), $"{host.Width}");
        for (var lane = 0; lane < lanes; lane++)
        {
            var low = new float[16];
            Array.Fill(low, -9f);
            low[lane] = -2f;
            Assert.That(Apply(host, Operation.MaxAcross, low, low), Is.All.EqualTo(-2f), $"{host.Width} lane {lane}");
        }
    }

    [TestCaseSource(nameof(s_hosts))]
    public void LaneSelectTakesTheFirst(HostDevice host)
    {
        var a = Enumerable.Range(1, 16).Select(i => (float)i).ToArray();
        for (var count = 0; count <= 16; count++)
        {
            var counts = new float[16];
            Array.Fill(counts, (float)count);
            Check(host, Operation.First, a, counts, (x, y) => x <= y ? x : -1);
        }
    }

    private static void Check(HostDevice host, Operation operation, float[] a, float[] b, Func<float, float, float> expected)
    {
        var actual = Apply(host, operation, a, b);
        for (var i = 0; i < actual.Length; i++)
        {
            var wanted = expected(a[i], b[i]);
            var same = float.IsNaN(wanted)
                ? float.IsNaN(actual[i])
                : BitConverter.SingleToInt32Bits(wanted) == BitConverter.SingleToInt32Bits(actual[i]);
            Assert.That(same, $"{operation}({a[i]:R}, {b[i]:R}) at {host.Width}: {actual[i]:R}, expected {wanted:R}");
        }
    }

    /// <summary>One operation on the first lanes of a and b; as many results as there are lanes.</summary>
    private static float[] Apply(HostDevice host, Operation operation, float[] a, float[] b)
    {
        var results = new float[(int)host.Width / 32];
        fixed (float* x = a, y = b, r = results)
            host.For(1, new Application(operation, x, y, r));
        return results;
    }

    private enum Operation
    {
        Add,
        Subtract,
        Multiply,
        Divide,
        FusedMultiplyAdd,
        Min,
        Max,
        Sqrt,
        Abs,
        Negate,
        Lookup,
        Round,
        SelectLess,
        CopySign,
        PowerOfTwo,
        Mantissa,
        Exponent,
        Sum,
        MaxAcross,
        First,
    }

    private readonly struct LaneCount(int* lanes) : ISimdKernel
    {
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged => *lanes = S.Lanes;
    }

    private readonly struct PartialAccess(float* source, float* destination, int count, float* loaded) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var v = S.LoadPartial(source, count);
            S.Store(loaded, v);
            S.StorePartial(destination, v, count);
        }
    }

    private readonly struct Application(Operation operation, float* a, float* b, float* result) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            V x = S.Load(a), y = S.Load(b);
            S.Store(result, operation switch
            {
                Operation.Add => S.Add(x, y),
                Operation.Subtract => S.Subtract(x, y),
                Operation.Multiply => S.Multiply(x, y),
                Operation.Divide => S.Divide(x, y),
                Operation.FusedMultiplyAdd => S.FusedMultiplyAdd(x, y, x),
                Operation.Min => S.Min(x, y),
                Operation.Max => S.Max(x, y),
                Operation.Sqrt => S.Sqrt(x),
                Operation.Abs => S.Abs(x),
                Operation.Negate => S.Negate(x),
                Operation.Lookup => S.Lookup(b, x),
                Operation.Round => S.Round(x),
                Operation.SelectLess => S.SelectLess(x, y, S.Add(x, S.Broadcast(1)), S.Add(y, S.Broadcast(2))),
                Operation.CopySign => S.CopySign(S.Abs(x), y),
                Operation.PowerOfTwo => S.PowerOfTwo(x),
                Operation.Mantissa => S.SplitExponent(x, out _),
                Operation.Exponent => Exponent<S, V>(x),
                Operation.Sum => S.Broadcast(S.Sum(x)),
                Operation.MaxAcross => S.Broadcast(S.MaxAcross(x)),
                _ => LaneSelect.First<S, V>((int)*b, x, S.Broadcast(-1)),
            });
        }

        private static V Exponent<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
        {
            S.SplitExponent(x, out var exponent);
            return exponent;
        }
    }
}
