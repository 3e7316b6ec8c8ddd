using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The exponential of the softmax, in base 2: the scores carry a factor log2(e), which saves a multiplication and the
/// two-part reduction of the argument.</summary>
internal static class ScoreExponential
{
    /// <summary>log2(e): what natural scores are multiplied by.</summary>
    public const float Log2OfE = 1.44269504088896341f;

    /// <summary>ln(2): brings base-2 logarithms back.</summary>
    public const float Ln2 = 0.693147180559945309f;

    /// <summary>2^x for x up to about 1 (scores less their highest or their log-sum-exp). Relative error below 1.4e-7; below −126 the
    /// result stays at 2^−126. NaN stays NaN, because the maximum gives its second operand then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V PowerOfTwo<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged
    {
        x = S.Max(S.Broadcast(-126f), x);
        var n = S.Round(x);
        var r = S.Subtract(x, n);
        var p = S.Broadcast(0.0001534581242594868f); // Remez fit of 2^r on [−1/2, 1/2], relative error 2e-9 before rounding
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.0013399930903688073f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.009618489071726799f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.05550328642129898f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.24022646248340607f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(0.6931471824645996f));
        p = S.FusedMultiplyAdd(p, r, S.Broadcast(1f));
        return S.Multiply(p, S.PowerOfTwo(n));
    }
}
