using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>What the kernels for narrow heads share. A head of up to <see cref="Size"/> channels is filled up to that many with zeros, so
/// that its channels can be named registers: a row of the left operand is eight broadcasts, and the running sums never leave the
/// registers. A tile that is blind to the size spends as much on itself as on a product that is only eight deep.</summary>
internal static unsafe class NarrowHead
{
    /// <summary>Channels that are named.</summary>
    public const int Size = 8;

    /// <summary>Tokens rounded up to whole vectors.</summary>
    public static int Padded(int tokens, int lanes) => (tokens + lanes - 1) / lanes * lanes;

    /// <summary>A head's rows side by side, [tokens, <see cref="Size"/>].</summary>
    public static void Gather(HeadRows rows, int tokens, int columns, float* destination)
    {
        if (columns == Size)
        {
            for (var token = 0; token < tokens; token++)
                Vector256.Load(rows[token]).Store(destination + token * Size);
            return;
        }

        for (var token = 0; token < tokens; token++, destination += Size)
        {
            var row = rows[token];
            for (var column = 0; column < Size; column++)
                destination[column] = column < columns ? row[column] : 0f;
        }
    }

    /// <summary>The way back of <see cref="Gather"/>.</summary>
    public static void Scatter(float* source, int tokens, int columns, HeadRows destination)
    {
        for (var token = 0; token < tokens; token++, source += Size)
        {
            if (columns == Size)
                Vector256.Load(source).Store(destination[token]);
            else
                new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(destination[token], columns));
        }
    }

    /// <summary>A head's rows with vectors along the tokens, [<see cref="Size"/>, <paramref name="padded"/>], times
    /// <paramref name="factor"/>; zero beyond the tokens and channels.</summary>
    public static void GatherTransposed<S, V>(HeadRows rows, int tokens, int columns, float factor, float* destination, int padded)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        rows.Transpose<S, V>(0, tokens, columns, factor, destination, padded);
        new Span<float>(destination + (nint)columns * padded, (Size - columns) * padded).Clear();
    }

    /// <summary>start + Σ_c k_c · row[c], in two chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Dot<S, V>(V start, V k0, V k1, V k2, V k3, V k4, V k5, V k6, V k7, float* row)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var even = S.FusedMultiplyAdd(k0, S.Broadcast(row[0]), start);
        var odd = S.Multiply(k1, S.Broadcast(row[1]));
        even = S.FusedMultiplyAdd(k2, S.Broadcast(row[2]), even);
        odd = S.FusedMultiplyAdd(k3, S.Broadcast(row[3]), odd);
        even = S.FusedMultiplyAdd(k4, S.Broadcast(row[4]), even);
        odd = S.FusedMultiplyAdd(k5, S.Broadcast(row[5]), odd);
        even = S.FusedMultiplyAdd(k6, S.Broadcast(row[6]), even);
        odd = S.FusedMultiplyAdd(k7, S.Broadcast(row[7]), odd);
        return S.Add(even, odd);
    }
}
