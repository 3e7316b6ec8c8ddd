using System.Numerics;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Ptx.Emulation.EdgeValues;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>f32 and f64 arithmetic. Directed roundings are held against their definition: no other number of the format lies between the result and the
/// exact value, on the right side of it.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class FloatInstructionTests
{
    private static readonly (int, ulong[])[] OneSingle = [(32, Singles)];
    private static readonly (int, ulong[])[] TwoSingles = [(32, Singles), (32, Singles)];
    private static readonly (int, ulong[])[] ThreeSingles = [(32, Singles), (32, Singles), (32, Singles)];
    private static readonly (int, ulong[])[] TwoDoubles = [(64, Doubles), (64, Doubles)];
    private static readonly (int, ulong[])[] ThreeDoubles = [(64, Doubles), (64, Doubles), (64, [.. Doubles.Where((_, n) => n % 2 == 0)])];

    private static float S(ulong bits) => ToSingle(bits);

    private static double D(ulong bits) => ToDouble(bits);

    [Test]
    public void NearestSingle()
    {
        InstructionProbe.Check("add.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(S(v[0]) + S(v[1])));
        InstructionProbe.Check("sub.rn.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(S(v[0]) - S(v[1])));
        InstructionProbe.Check("mul.rn.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(S(v[0]) * S(v[1])));
        InstructionProbe.Check("div.rn.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(S(v[0]) / S(v[1])));
        InstructionProbe.Check("rcp.rn.f32 $d, $a;", 32, OneSingle, v => Bits(1 / S(v[0])));
        InstructionProbe.Check("sqrt.rn.f32 $d, $a;", 32, OneSingle, v => Bits(MathF.Sqrt(S(v[0]))));
        InstructionProbe.Check("fma.rn.f32 $d, $a, $b, $c;", 32, ThreeSingles, v => Bits(MathF.FusedMultiplyAdd(S(v[0]), S(v[1]), S(v[2]))));
    }

    [Test]
    public void NearestDouble()
    {
        InstructionProbe.Check("add.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(D(v[0]) + D(v[1])), AreSameDouble);
        InstructionProbe.Check("sub.rn.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(D(v[0]) - D(v[1])), AreSameDouble);
        InstructionProbe.Check("mul.rn.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(D(v[0]) * D(v[1])), AreSameDouble);
        InstructionProbe.Check("div.rn.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(D(v[0]) / D(v[1])), AreSameDouble);
        InstructionProbe.Check("rcp.rn.f64 $d, $a;", 64, TwoDoubles[..1], v => Bits(1 / D(v[0])), AreSameDouble);
        InstructionProbe.Check("sqrt.rn.f64 $d, $a;", 64, TwoDoubles[..1], v => Bits(Math.Sqrt(D(v[0]))), AreSameDouble);
        InstructionProbe.Check("fma.rn.f64 $d, $a, $b, $c;", 64, ThreeDoubles, v => Bits(Math.FusedMultiplyAdd(D(v[0]), D(v[1]), D(v[2]))), AreSameDouble);
        InstructionProbe.Check("neg.f64 $d, $a;", 64, TwoDoubles[..1], v => v[0] ^ 1UL << 63);
        InstructionProbe.Check("abs.f64 $d, $a;", 64, TwoDoubles[..1], v => v[0] & ~(1UL << 63));
        InstructionProbe.Check("min.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(double.MinNumber(D(v[0]), D(v[1]))), AreSameDouble);
        InstructionProbe.Check("max.f64 $d, $a, $b;", 64, TwoDoubles, v => Bits(double.MaxNumber(D(v[0]), D(v[1]))), AreSameDouble);
        InstructionProbe.Check("copysign.f64 $d, $a, $b;", 64, TwoDoubles, v => v[0] & 1UL << 63 | v[1] & ~(1UL << 63));
    }

    [Test]
    public void FlushedAndSaturated()
    {
        static float Flush(ulong bits) => Flushed(S(bits));
        static ulong Saturated(float value) => Bits(value > 0 ? Math.Min(value, 1) : 0f);
        InstructionProbe.Check("add.ftz.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(Flushed(Flush(v[0]) + Flush(v[1]))));
        InstructionProbe.Check("mul.ftz.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(Flushed(Flush(v[0]) * Flush(v[1]))));
        InstructionProbe.Check("div.rn.ftz.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(Flushed(Flush(v[0]) / Flush(v[1]))));
        InstructionProbe.Check("add.sat.f32 $d, $a, $b;", 32, TwoSingles, v => Saturated(S(v[0]) + S(v[1])));
        InstructionProbe.Check("fma.rn.sat.f32 $d, $a, $b, $c;", 32, ThreeSingles, v => Saturated(MathF.FusedMultiplyAdd(S(v[0]), S(v[1]), S(v[2]))));
        InstructionProbe.Check("fma.rn.ftz.sat.f32 $d, $a, $b, $c;", 32, ThreeSingles, v => Saturated(Flushed(MathF.FusedMultiplyAdd(Flush(v[0]), Flush(v[1]), Flush(v[2])))));
        InstructionProbe.Check("mul.rz.sat.f32 $d, $a, $b;", 32, [(32, [0x3F7F_FFFF, 0x4000_0000, 0xBF80_0000, 0x7FC0_0000]), (32, [0x3F7F_FFFF])], v => Saturated((float)Truncated(S(v[0]) * (double)S(v[1]))));
    }

    private static float Flushed(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;

    private static double Truncated(double value) => double.IsNaN(value) ? value : BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) & ~0x1FFF_FFFFL);

    [Test]
    public void MinimumAndMaximum()
    {
        static float Nan(float a, float b, float result) => float.IsNaN(a) || float.IsNaN(b) ? float.NaN : result;
        InstructionProbe.Check("min.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(float.MinNumber(S(v[0]), S(v[1]))));
        InstructionProbe.Check("max.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(float.MaxNumber(S(v[0]), S(v[1]))));
        InstructionProbe.Check("min.NaN.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(Nan(S(v[0]), S(v[1]), float.MinNumber(S(v[0]), S(v[1])))));
        InstructionProbe.Check("max.NaN.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(Nan(S(v[0]), S(v[1]), float.MaxNumber(S(v[0]), S(v[1])))));
        InstructionProbe.Check("min.ftz.f32 $d, $a, $b;", 32, TwoSingles, v => Bits(float.MinNumber(Flushed(S(v[0])), Flushed(S(v[1])))));
    }

    [Test]
    public void SignsAndClasses()
    {
        static bool SameNumber(ulong expected, ulong actual) => expected == actual || float.IsNaN(S(expected)) && float.IsNaN(S(actual));
        InstructionProbe.Check("neg.f32 $d, $a;", 32, OneSingle, v => v[0] ^ 0x8000_0000, SameNumber);
        InstructionProbe.Check("abs.f32 $d, $a;", 32, OneSingle, v => v[0] & 0x7FFF_FFFF, SameNumber);
        InstructionProbe.Check("copysign.f32 $d, $a, $b;", 32, TwoSingles, v => v[0] & 0x8000_0000 | v[1] & 0x7FFF_FFFF);
        InstructionProbe.Check("testp.finite.f32 $d, $a;", 1, OneSingle, v => float.IsFinite(S(v[0])) ? 1u : 0);
        InstructionProbe.Check("testp.infinite.f32 $d, $a;", 1, OneSingle, v => float.IsInfinity(S(v[0])) ? 1u : 0);
        InstructionProbe.Check("testp.number.f32 $d, $a;", 1, OneSingle, v => float.IsNaN(S(v[0])) ? 0u : 1);
        InstructionProbe.Check("testp.notanumber.f64 $d, $a;", 1, TwoDoubles[..1], v => double.IsNaN(D(v[0])) ? 1u : 0);
        InstructionProbe.Check("testp.normal.f32 $d, $a;", 1, OneSingle, v => float.IsNormal(S(v[0])) ? 1u : 0);
        InstructionProbe.Check("testp.subnormal.f32 $d, $a;", 1, OneSingle, v => float.IsSubnormal(S(v[0])) ? 1u : 0);
    }

    [Test]
    public void Comparisons()
    {
        Check("eq", (a, b) => a == b);
        Check("ne", (a, b) => a < b || a > b);
        Check("lt", (a, b) => a < b);
        Check("le", (a, b) => a <= b);
        Check("gt", (a, b) => a > b);
        Check("ge", (a, b) => a >= b);
        Check("equ", (a, b) => !(a < b) && !(a > b));
        Check("neu", (a, b) => a != b);
        Check("ltu", (a, b) => !(a >= b));
        Check("leu", (a, b) => !(a > b));
        Check("gtu", (a, b) => !(a <= b));
        Check("geu", (a, b) => !(a < b));
        Check("num", (a, b) => !double.IsNaN(a) && !double.IsNaN(b));
        Check("nan", (a, b) => double.IsNaN(a) || double.IsNaN(b));
        InstructionProbe.Check("setp.gt.ftz.f32 $d, $a, $b;", 1, TwoSingles, v => Flushed(S(v[0])) > Flushed(S(v[1])) ? 1u : 0);

        static void Check(string name, Func<double, double, bool> oracle)
        {
            InstructionProbe.Check($"setp.{name}.f32 $d, $a, $b;", 1, TwoSingles, v => oracle(S(v[0]), S(v[1])) ? 1u : 0);
            InstructionProbe.Check($"setp.{name}.f64 $d, $a, $b;", 1, TwoDoubles, v => oracle(D(v[0]), D(v[1])) ? 1u : 0);
            InstructionProbe.Check($"set.{name}.u32.f32 $d, $a, $b;", 32, TwoSingles, v => oracle(S(v[0]), S(v[1])) ? uint.MaxValue : 0);
        }
    }

    [Test]
    public void DirectedSingle([Values("rz", "rm", "rp")] string mode)
    {
        CheckDirected(mode, $"add.{mode}.f32 $d, $a, $b;", TwoSingles, v => S(v[0]) + (double)S(v[1]), (v, r) => Sum(Exact(S(v[0])), Exact(S(v[1])), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"sub.{mode}.f32 $d, $a, $b;", TwoSingles, v => S(v[0]) - (double)S(v[1]), (v, r) => Sum(Exact(S(v[0])), Negated(Exact(S(v[1]))), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"mul.{mode}.f32 $d, $a, $b;", TwoSingles, v => S(v[0]) * (double)S(v[1]), (v, r) => Sum(Product(Exact(S(v[0])), Exact(S(v[1]))), Negated(Exact(r))));
        CheckDirected(mode, $"fma.{mode}.f32 $d, $a, $b, $c;", ThreeSingles, v => S(v[0]) * (double)S(v[1]) + S(v[2]), (v, r) => Sum(Product(Exact(S(v[0])), Exact(S(v[1]))), Exact(S(v[2])), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"div.{mode}.f32 $d, $a, $b;", TwoSingles, v => S(v[0]) / (double)S(v[1]), (v, r) => Sum(Exact(S(v[0])), Negated(Product(Exact(r), Exact(S(v[1]))))) * Math.Sign(S(v[1])));
        CheckDirected(mode, $"rcp.{mode}.f32 $d, $a;", OneSingle, v => 1 / (double)S(v[0]), (v, r) => Sum(Exact(1), Negated(Product(Exact(r), Exact(S(v[0]))))) * Math.Sign(S(v[0])));
        CheckDirected(mode, $"sqrt.{mode}.f32 $d, $a;", OneSingle, v => Math.Sqrt(S(v[0])), (v, r) => r < 0 ? 1 : Sum(Exact(S(v[0])), Negated(Product(Exact(r), Exact(r)))));
    }

    [Test]
    public void DirectedDouble([Values("rz", "rm", "rp")] string mode)
    {
        CheckDirected(mode, $"add.{mode}.f64 $d, $a, $b;", TwoDoubles, v => D(v[0]) + D(v[1]), (v, r) => Sum(Exact(D(v[0])), Exact(D(v[1])), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"sub.{mode}.f64 $d, $a, $b;", TwoDoubles, v => D(v[0]) - D(v[1]), (v, r) => Sum(Exact(D(v[0])), Negated(Exact(D(v[1]))), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"mul.{mode}.f64 $d, $a, $b;", TwoDoubles, v => D(v[0]) * D(v[1]), (v, r) => Sum(Product(Exact(D(v[0])), Exact(D(v[1]))), Negated(Exact(r))));
        CheckDirected(mode, $"fma.{mode}.f64 $d, $a, $b, $c;", ThreeDoubles, v => Math.FusedMultiplyAdd(D(v[0]), D(v[1]), D(v[2])), (v, r) => Sum(Product(Exact(D(v[0])), Exact(D(v[1]))), Exact(D(v[2])), Negated(Exact(r))), isSum: true);
        CheckDirected(mode, $"div.{mode}.f64 $d, $a, $b;", TwoDoubles, v => D(v[0]) / D(v[1]), (v, r) => Sum(Exact(D(v[0])), Negated(Product(Exact(r), Exact(D(v[1]))))) * Math.Sign(D(v[1])));
        CheckDirected(mode, $"sqrt.{mode}.f64 $d, $a;", TwoDoubles[..1], v => Math.Sqrt(D(v[0])), (v, r) => r < 0 ? 1 : Sum(Exact(D(v[0])), Negated(Product(Exact(r), Exact(r)))));
    }

    private static void CheckDirected(
        string mode, string instruction, (int, ulong[])[] sources, Func<ulong[], double> plain, Func<ulong[], double, int> signOfExactMinus, bool isSum = false)
    {
        var isSingle = sources[0].Item1 == 32;
        var tuples = InstructionProbe.Combinations([.. sources.Select(source => (source.Item1, source.Item2))]);
        var results = InstructionProbe.Run(instruction, isSingle ? 32 : 64, sources, tuples, isGuarded: false, options: null);
        for (var n = 0; n < tuples.Count; n++)
        {
            var v = tuples[n];
            double result = isSingle ? S(results[n]) : D(results[n]);
            var given = $"{instruction} of {string.Join(", ", v.Select(bits => isSingle ? S(bits) : D(bits)))} gave {result}";
            var operands = v.Select(bits => isSingle ? S(bits) : D(bits)).ToArray();
            if (!operands.All(double.IsFinite) || double.IsNaN(plain(v)) || double.IsInfinity(plain(v)) && instruction.StartsWith("div") && operands[^1] == 0
                || instruction.StartsWith("rcp") && operands[0] == 0)
            {
                Assert.That(result, Is.EqualTo(isSingle ? (float)plain(v) : plain(v)), given);
                continue;
            }
            double Down(double value) => isSingle ? MathF.BitDecrement((float)value) : Math.BitDecrement(value);
            double Up(double value) => isSingle ? MathF.BitIncrement((float)value) : Math.BitIncrement(value);
            int Sign(double candidate) => double.IsPositiveInfinity(candidate) ? -1 : double.IsNegativeInfinity(candidate) ? 1 : signOfExactMinus(v, candidate);
            var sign = Sign(result);
            if (sign == 0)
            {
                if (result == 0 && isSum && operands[^1] != 0)
                    Assert.That(double.IsNegative(result), Is.EqualTo(mode == "rm"), given);
                continue;
            }
            var isUp = mode == "rp" || mode == "rz" && (result < 0 || result == 0 && double.IsNegative(result));
            // Rounded up: exact < result, and the next number below is smaller than the exact value.
            Assert.That(sign, Is.EqualTo(isUp ? -1 : 1), given);
            Assert.That(Sign(isUp ? Down(result) : Up(result)), Is.EqualTo(isUp ? 1 : -1), given + ", not the nearest");
        }
    }

    private static (BigInteger Significand, int Exponent) Exact(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> 52 & 0x7FF);
        var significand = (BigInteger)(bits & 0xF_FFFF_FFFF_FFFF | (exponent == 0 ? 0 : 1L << 52));
        return (value < 0 ? -significand : significand, Math.Max(exponent, 1) - 1075);
    }

    private static (BigInteger, int) Negated((BigInteger Significand, int Exponent) a) => (-a.Significand, a.Exponent);

    private static (BigInteger, int) Product((BigInteger Significand, int Exponent) a, (BigInteger Significand, int Exponent) b) =>
        (a.Significand * b.Significand, a.Exponent + b.Exponent);

    /// <summary>The sign of a sum.</summary>
    private static int Sum(params (BigInteger Significand, int Exponent)[] terms)
    {
        var least = terms.Min(term => term.Exponent);
        return terms.Aggregate(BigInteger.Zero, (sum, term) => sum + (term.Significand << term.Exponent - least)).Sign;
    }

    [Test]
    public void Approximations()
    {
        Check("ex2.approx.f32", x => Math.Pow(2, x));
        Check("lg2.approx.f32", Math.Log2);
        Check("rcp.approx.f32", x => 1 / x);
        Check("sqrt.approx.f32", Math.Sqrt);
        Check("rsqrt.approx.f32", x => x == 0 ? 1 / x : 1 / Math.Sqrt(x));
        Check("sin.approx.f32", Math.Sin);
        Check("cos.approx.f32", Math.Cos);
        Check("tanh.approx.f32", Math.Tanh);
        InstructionProbe.Check("div.full.f32 $d, $a, $b;", 32, TwoSingles, v => Bits((float)((double)S(v[0]) / S(v[1]))));
        InstructionProbe.Check("ex2.approx.ftz.f32 $d, $a;", 32, OneSingle, v => Bits(Flushed((float)Math.Pow(2, Flushed(S(v[0]))))));

        // Within a unit in the last place: the vectorised f64 function need not be the library's.
        static void Check(string name, Func<double, double> oracle) => InstructionProbe.Check(
            $"{name} $d, $a;", 32, OneSingle, v => Bits((float)oracle(S(v[0]))),
            (expected, actual) => expected == actual || float.IsFinite(S(expected)) && Math.Abs((long)expected - (long)actual) <= 1);
    }

    /// <summary>The noisy models stay inside the documented bounds, differ from the exact one, and repeat themselves.</summary>
    [Test]
    public void NoisyApproximations([Values(ApproximationModel.Perturbed, ApproximationModel.Worst)] ApproximationModel model)
    {
        var options = new EmulatorOptions { Approximation = model };
        var values = Enumerable.Range(1, 200).Select(n => Bits(0.037f * n)).ToArray();
        Check("ex2.approx.f32", x => Math.Pow(2, x), r => 2 * Ulp(r));
        Check("rcp.approx.f32", x => 1 / x, Ulp);
        Check("rsqrt.approx.f32", x => 1 / Math.Sqrt(x), r => Math.Abs(r) * Math.Pow(2, -22.9));
        Check("sqrt.approx.f32", Math.Sqrt, r => Math.Abs(r) * Math.Pow(2, -23));
        Check("tanh.approx.f32", Math.Tanh, r => Math.Abs(r) * Math.Pow(2, -11));
        Check("sin.approx.f32", Math.Sin, _ => Math.Pow(2, -20.5));

        static double Ulp(double value) => Math.ScaleB(1, Math.ILogB(value) - 23);
        void Check(string name, Func<double, double> oracle, Func<double, double> bound)
        {
            List<ulong[]> tuples = [.. values.Select(value => (ulong[])[value])];
            var results = InstructionProbe.Run($"{name} $d, $a;", 32, [(32, values)], tuples, isGuarded: false, options);
            var differing = 0;
            for (var n = 0; n < values.Length; n++)
            {
                var exact = oracle(S(values[n]));
                Assert.That(Math.Abs(S(results[n]) - exact), Is.LessThanOrEqualTo(bound(exact) * 1.0000001), $"{name} of {S(values[n])}");
                differing += S(results[n]) != (float)exact ? 1 : 0;
            }
            Assert.That(differing, Is.GreaterThan(0), name);
            Assert.That(InstructionProbe.Run($"{name} $d, $a;", 32, [(32, values)], tuples, isGuarded: false, options), Is.EqualTo(results));
        }
    }
}
