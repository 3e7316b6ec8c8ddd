using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Simd;

/// <summary>Elementary functions on registers. Polynomials and the rational function are least-maximum fits made for this file
/// (Lawson's weighted least squares); each function states its error against float64 in units in the last place (ulp), which the
/// tests measure. NaN gives NaN everywhere.</summary>
internal static class VectorMath
{
    private const float Log2OfE = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f; // exact in 10 bits, so n * Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float InverseSqrt2Pi = 0.398942280401432678f;
    private const float LowestExponent = -87.3f; // e^-87.3 is just above the smallest normal float
    private const float HighestExponent = 89f; // rounds to n = 128, whose power of two is +infinity
    private const float SmallestNormal = 1.17549435e-38f;
    private const float TailEnd = 13.2f; // e^(-13.2²/2) is just above the smallest normal float

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

    /// <summary>The normal distribution function Φ(x) = (1 + erf(x/√2))/2. Error at most 3.5 ulp above −2 and 5 ulp
    /// (relative 6e-7) in the lower tail down to −12.9; from there to −13.2 the result is subnormal (absolute error below 1e-44),
    /// below it is 0 (absolute error below 4.5e-40).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged => NormalCdf<S, V>(x, out _);

    /// <summary>GELU, x·Φ(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415, the exact form). Error at most 4.5 ulp above −2
    /// and 6 ulp (relative 7e-7) in the lower tail down to −12.9; below, the absolute error is under 6e-39, and for x &lt; −13.2,
    /// −∞ included, the result is −0. +∞ for +∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged =>
        S.Multiply(S.Max(S.Broadcast(-2 * TailEnd), x), NormalCdf<S, V>(x, out _)); // the bound makes −∞ · 0 a zero

    /// <summary>Derivative of GELU, Φ(x) + x·φ(x). Absolute error at most 1.5e-7 (its values lie in [−0.13, 1.13] and cross 0 at
    /// −0.7518); relative to Φ(x) + |x|·φ(x) at most 3.5 ulp. 0 for −∞, 1 for +∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluDerivative<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        var cdf = NormalCdf<S, V>(x, out var bell);
        return GeluDerivative<S, V>(x, cdf, bell);
    }

    /// <summary>GELU and its derivative for little more than the price of one; the same bits as <see cref="Gelu"/> and
    /// <see cref="GeluDerivative{S, V}(V)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluWithDerivative<S, V>(V x, out V derivative) where S : struct, ISimd<V> where V : unmanaged
    {
        var cdf = NormalCdf<S, V>(x, out var bell);
        derivative = GeluDerivative<S, V>(x, cdf, bell);
        return S.Multiply(S.Max(S.Broadcast(-2 * TailEnd), x), cdf);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V GeluDerivative<S, V>(V x, V cdf, V bell) where S : struct, ISimd<V> where V : unmanaged
    {
        // Bounded on both sides, so that ∞ · 0 is a zero.
        var bounded = S.Max(S.Broadcast(-2 * TailEnd), S.Min(S.Broadcast(2 * TailEnd), x));
        return S.FusedMultiplyAdd(S.Multiply(bounded, S.Broadcast(InverseSqrt2Pi)), bell, cdf);
    }

    /// <summary>Φ(x), and e^(−x²/2) on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V NormalCdf<S, V>(V x, out V bell) where S : struct, ISimd<V> where V : unmanaged
    {
        var magnitude = S.Abs(x);
        var a = S.Min(S.Broadcast(TailEnd), magnitude);

        // −a²/2 in two parts: the rounding of the square alone would cost 16 ulp at a = 6.
        var high = S.Multiply(S.Multiply(a, S.Broadcast(-0.5f)), a);
        var minusLow = S.FusedMultiplyAdd(S.Multiply(a, S.Broadcast(0.5f)), a, high);
        var r = S.Subtract(Reduce<S, V>(high, out var n), minusLow);
        bell = S.SelectLess(S.Broadcast(TailEnd), magnitude, S.Zero, ScaledExp<S, V>(r, n));

        // Φ(−a) = e^(−a²/2) · M(a), where √2π · M is Mills' ratio: smooth and without cancellation, as all coefficients are
        // positive. P/Q is within 1.2e-8 of M on [0, 13.25], and exactly 1/2 at 0.
        var p = S.Broadcast(0.00398664316162467f);
        p = S.FusedMultiplyAdd(p, a, S.Broadcast(0.03977068141102791f));
        p = S.FusedMultiplyAdd(p, a, S.Broadcast(0.18069186806678772f));
        p = S.FusedMultiplyAdd(p, a, S.Broadcast(0.4348848760128021f));
        p = S.FusedMultiplyAdd(p, a, S.Broadcast(0.5f));
        var q = S.Broadcast(0.009992885403335094f);
        q = S.FusedMultiplyAdd(q, a, S.Broadcast(0.09969788044691086f));
        q = S.FusedMultiplyAdd(q, a, S.Broadcast(0.46275144815444946f));
        q = S.FusedMultiplyAdd(q, a, S.Broadcast(1.1919761896133423f));
        q = S.FusedMultiplyAdd(q, a, S.Broadcast(1.6676545143127441f));
        q = S.FusedMultiplyAdd(q, a, S.Broadcast(1f));
        var lower = S.Multiply(bell, S.Divide(p, q));
        return S.SelectLess(x, S.Zero, lower, S.Subtract(S.Broadcast(1f), lower));
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
