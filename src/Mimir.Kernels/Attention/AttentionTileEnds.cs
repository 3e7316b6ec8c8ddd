using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Stores the registers to a scratch array whose rows are <see cref="Stride"/> floats long.</summary>
internal unsafe struct StoreEnd : ITileEnd
{
    public float* Destination;
    public nint Stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged =>
        S.Store(Destination + row * Stride + vector * S.Lanes, value);
}

/// <summary>Turns scores into probabilities, 2^(score − log-sum-exp of the lane's query, to base 2), and stores them.</summary>
internal unsafe struct ProbabilityEnd : ITileEnd
{
    public float* Destination;
    public nint Stride;
    public float* LogSumExp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged =>
        S.Store(
            Destination + row * Stride + vector * S.Lanes,
            ScoreExponential.PowerOfTwo<S, V>(S.Subtract(value, S.Load(LogSumExp + vector * S.Lanes))));
}

/// <summary>Turns gradients of probabilities into gradients of scores, P∘(dP − D) with D of the lane's query, and stores them.</summary>
internal unsafe struct ScoreGradientEnd : ITileEnd
{
    public float* Probabilities;
    public float* Destination;
    public nint Stride;
    public float* RowDots;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged
    {
        var at = row * Stride + vector * S.Lanes;
        S.Store(Destination + at, S.Multiply(S.Load(Probabilities + at), S.Subtract(value, S.Load(RowDots + vector * S.Lanes))));
    }
}

/// <summary>Weighs rows into an output: y = y·keep[row] + value·gain[row]; the first time y is not read.</summary>
internal unsafe struct WeighedRowsEnd : ITileEnd
{
    public float* Destination;
    public nint Stride;
    public int Columns;
    public float* Keep;
    public float* Gain;
    public bool First;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged
    {
        var y = Destination + row * Stride + vector * S.Lanes;
        var result = S.Multiply(value, S.Broadcast(Gain[row]));
        var count = Columns - vector * S.Lanes;
        if (!First)
            result = S.FusedMultiplyAdd(count >= S.Lanes ? S.Load(y) : S.LoadPartial(y, count), S.Broadcast(Keep[row]), result);
        if (count >= S.Lanes)
            S.Store(y, result);
        else
            S.StorePartial(y, result, count);
    }
}

/// <summary>Adds rows into an output; the first time it is overwritten.</summary>
internal unsafe struct SummedRowsEnd : ITileEnd
{
    public float* Destination;
    public nint Stride;
    public int Columns;
    public bool First;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged
    {
        var y = Destination + row * Stride + vector * S.Lanes;
        var count = Columns - vector * S.Lanes;
        if (!First)
            value = S.Add(count >= S.Lanes ? S.Load(y) : S.LoadPartial(y, count), value);
        if (count >= S.Lanes)
            S.Store(y, value);
        else
            S.StorePartial(y, value, count);
    }
}
