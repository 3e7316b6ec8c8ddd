using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Simd;

/// <summary>Elementary functions on registers. Polynomials are least-maximum fits made for this file (Lawson's weighted
/// least squares); each function states its error, which the tests measure.</summary>
internal static class VectorMath
{
    private const float Log2OfE = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f; // exact in 10 bits, so n * Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float InverseSqrt2 = 0.707106781186547524f;
    private const float InverseSqrt2Pi = 0.398942280401432678f;

    /// <summary>e^x. Below −87.3 the result is 0, above 88 it stays at e^88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        var clamped = S.Max(S.Min(x, S.Broadcast(88f)), S.Broadcast(-87.3f));
        var n = S.Round(S.Multiply(clamped, S.Broadcast(Log2OfE)));
        var r = S.FusedMultiplyAdd(n, S.Broadcast(-Ln2High), clamped);
        r = S.FusedMultiplyAdd(n, S.Broadcast(-Ln2Low), r);
        var p = S.Broadcast(0.001381461275741458f);
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.008368710055947304f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.04166838899254799f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.1666652113199234f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.4999999403953552f));
        p = S.FusedMultiplyAdd(p, S.Multiply(r, r), S.Add(r, S.Broadcast(1f)));
        return S.SelectLess(x, S.Broadcast(-87.3f), S.Zero, S.Multiply(p, S.PowerOfTwo(n)));
    }

    /// <summary>Natural logarithm of positive normal x.</summary>
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
        return S.FusedMultiplyAdd(e, S.Broadcast(Ln2High), S.Add(t, tail));
    }

    /// <summary>The normal distribution function Φ(x) = (1 + erf(x/√2))/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        // Near 0 an odd polynomial for erf; elsewhere erfc as the exponential of a polynomial, which keeps the lower tail's digits.
        var z = S.Multiply(S.Abs(x), S.Broadcast(InverseSqrt2));
        var far = S.Min(z, S.Broadcast(4f));
        var q = S.Broadcast(-2.014762685575988e-05f);
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(0.00042360840598121285f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(-0.004119022283703089f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(0.024984018877148628f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(-0.10807348042726517f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(-0.6335318684577942f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(-1.1294249296188354f));
        q = S.FusedMultiplyAdd(q, far, S.Broadcast(0.00015628950495738536f));
        var upper = S.Multiply(S.Broadcast(0.5f), Exp<S, V>(q));
        upper = S.SelectLess(S.Broadcast(4f), z, S.Zero, upper);
        var outer = S.SelectLess(x, S.Zero, upper, S.Subtract(S.Broadcast(1f), upper));

        var square = S.Multiply(z, z);
        var p = S.Broadcast(-0.0008482825942337513f);
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(0.005220945458859205f));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(-0.0268654003739357f));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(0.11283782124519348f));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(-0.37612637877464294f));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(1.128379225730896f));
        var inner = S.FusedMultiplyAdd(S.Multiply(p, x), S.Broadcast(0.5f * InverseSqrt2), S.Broadcast(0.5f));
        return S.SelectLess(z, S.Broadcast(0.9f), inner, outer);
    }

    /// <summary>GELU, x·Φ(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415, the exact form).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged => S.Multiply(x, NormalCdf<S, V>(x));

    /// <summary>Derivative of GELU, Φ(x) + x·φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluDerivative<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        var density = S.Multiply(S.Broadcast(InverseSqrt2Pi), Exp<S, V>(S.Multiply(S.Multiply(x, x), S.Broadcast(-0.5f))));
        return S.FusedMultiplyAdd(x, density, NormalCdf<S, V>(x));
    }
}
