using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The parts of a softmax over one row of logits.</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>The largest logit. A NaN may be passed over: it comes back in the exponentials.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max<S, V>(float* row, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        // Missing lanes hold the lowest float, since 0 could be above every logit.
        var lowest = S.Broadcast(float.MinValue);
        var max = lowest;
        for (var i = 0; i < count; i += S.Lanes)
            max = S.Max(max, LoadOr<S, V>(row + i, count - i, lowest));
        return S.MaxAcross(max);
    }

    /// <summary>Σ e^(x − max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumOfExponentials<S, V>(float* row, int count, float max) where S : struct, ISimd<V> where V : unmanaged
    {
        var m = S.Broadcast(max);
        var sum = S.Zero;
        for (var i = 0; i < count; i += S.Lanes)
            sum = S.Add(sum, Exponential<S, V>(row + i, count - i, m));
        return S.Sum(sum);
    }

    /// <summary>Σ (x − max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumAbove<S, V>(float* row, int count, float max) where S : struct, ISimd<V> where V : unmanaged
    {
        var m = S.Broadcast(max);
        var sum = S.Zero;
        for (var i = 0; i < count; i += S.Lanes)
            sum = S.Add(sum, S.Subtract(LoadOr<S, V>(row + i, count - i, m), m));
        return S.Sum(sum);
    }

    /// <summary>Writes e^(x − max), which may go over x, and gives their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WriteExponentials<S, V>(float* row, int count, float* destination) where S : struct, ISimd<V> where V : unmanaged
    {
        var m = S.Broadcast(Max<S, V>(row, count));
        var sum = S.Zero;
        for (var i = 0; i < count; i += S.Lanes)
        {
            var e = Exponential<S, V>(row + i, count - i, m);
            sum = S.Add(sum, e);
            S.StorePartial(destination + i, e, Math.Min(S.Lanes, count - i));
        }

        return S.Sum(sum);
    }

    /// <summary>e^(x − max), 0 in missing lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exponential<S, V>(float* source, int left, V max) where S : struct, ISimd<V> where V : unmanaged
    {
        var e = VectorMath.Exp<S, V>(S.Subtract(S.LoadPartial(source, Math.Min(S.Lanes, left)), max));
        return left < S.Lanes ? LaneSelect.First<S, V>(left, e, S.Zero) : e;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadOr<S, V>(float* source, int left, V otherwise) where S : struct, ISimd<V> where V : unmanaged =>
        left >= S.Lanes ? S.Load(source) : LaneSelect.First<S, V>(left, S.LoadPartial(source, left), otherwise);
}
