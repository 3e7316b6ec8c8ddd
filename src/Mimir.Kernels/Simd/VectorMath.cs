using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Simd;

/// <summary>Elementary functions on registers. Polynomials are least-maximum fits made for this file
/// (Lawson's weighted least squares); each function states its error against float64 in units in the last place (ulp), which the
/// tests measure. NaN gives NaN everywhere.</summary>
internal static class VectorMath
{
    private const float Log2OfE = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f; // exact in 10 bits, so n * Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float LowestExponent = -87.3f; // e^-87.3 is just above the smallest normal float
    private const float HighestExponent = 89f; // rounds to n = 128, whose power of two is +infinity
    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>e^x. Error at most 1.1 ulp. Below −87.3 the result is 0, from 88.4 on it is +∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        // x is the second operand of Min and Max: that one survives when it is NaN.
        var clamped = S.Max(S.Broadcast(LowestExponent), S.Min(S.Broadcast(HighestExponent), x));
        var r = Reduce<S, V>(clamped, out var n);
        return S.SelectLess(x, S.Broadcast(LowestExponent), S.Zero, ScaledExp<S, V>(r, n));
    }

    /// <summary>Natural logarithm. Error at most 1.2 ulp for normal x. Zero and subnormal x give −∞, negative x gives NaN, +∞ itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        var t = S.Subtract(S.SplitExponent(x, out var e), S.Broadcast(1f));
        var p = S.Broadcast(0.08700520545244217f);
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(-0.14267650246620178f));
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(0.1491481214761734f));
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(-0.16577568650245667f));
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(0.19963058829307556f));
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(-0.2500133812427521f));
        p = S.FusedMultiplyAdd(p, t, S.Broadcast(0.3333390951156616f));
        var square = S.Multiply(t, t);
        var tail = S.FusedMultiplyAdd(S.Multiply(p, t), square, S.Multiply(S.Broadcast(-0.5f), square));
        tail = S.FusedMultiplyAdd(e, S.Broadcast(Ln2Low), tail);
        var log = S.FusedMultiplyAdd(e, S.Broadcast(Ln2High), S.Add(t, tail));
        var below = S.SelectLess(x, S.Zero, S.Broadcast(float.NaN), S.Broadcast(float.NegativeInfinity));
        var normal = S.SelectLess(x, S.Broadcast(float.PositiveInfinity), log, x);
        return S.SelectLess(x, S.Broadcast(SmallestNormal), below, normal);
    }

    /// <summary>x = n·ln 2 + r with whole n and |r| at most ln(2)/2 and a little.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce<S, V>(V x, out V n) where S : struct, ISimd<V> where V : unmanaged
    {
        n = S.Round(S.Multiply(x, S.Broadcast(Log2OfE)));
        var r = S.FusedMultiplyAdd(n, S.Broadcast(-Ln2High), x);
        return S.FusedMultiplyAdd(n, S.Broadcast(-Ln2Low), r);
    }

    /// <summary>e^r · 2^n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ScaledExp<S, V>(V r, V n) where S : struct, ISimd<V> where V : unmanaged
    {
        var p = S.Broadcast(0.001381461275741458f);
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.008368710055947304f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.04166838899254799f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.1666652113199234f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.4999999403953552f));
        p = S.Add(S.FusedMultiplyAdd(p, S.Multiply(r, r), r), S.Broadcast(1f)); // the 1 last: one rounding near 1 instead of two
        return S.Multiply(p, S.PowerOfTwo(n));
    }
}
