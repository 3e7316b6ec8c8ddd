using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Backward pass of one image and narrow head a task, with vectors along the keys. For each block of queries and vector of keys,
/// P and dS are made and used in registers, where dK and dV of those keys are summed; dS goes to scratch for dQ, whose sums over the keys run
/// along the lanes and are added across them at the end.</summary>
internal unsafe struct NarrowBackwardKernel : ISimdKernel
{
    private const int QueryBlock = 32; // their dS for 257 keys are 35 KB

    public AttentionShape Shape;
    public float* DY;
    public float* Qkv;
    public float* Y;
    public float* LogSumExp;
    public float* DQkv;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        var (tokens, size) = (Shape.Tokens, Shape.HeadSize);
        var padded = NarrowHead.Padded(tokens, S.Lanes);
        var wide = (nint)NarrowHead.Size * padded;
        var queries = LaneScratch.Floats(ScratchSlot.AttentionGradient, 7 * wide + NarrowHead.Size + (2L + QueryBlock) * padded);
        var block = new Block { Padded = padded };
        var dOutput = queries + wide;
        block.KeysT = dOutput + wide;
        block.ValuesT = block.KeysT + wide;
        block.DKeysT = block.ValuesT + wide;
        block.DValuesT = block.DKeysT + wide;
        var dQueries = block.DValuesT + wide;
        var minusLogSumExp = dQueries + wide + NarrowHead.Size; // dQ is written two queries at a time
        var minusDots = minusLogSumExp + padded;
        block.DScores = minusDots + padded;

        // The factors of scores and of their gradients go into the transposed keys and values.
        var scale = Shape.Scale;
        var keyFactor = scale * ScoreExponential.Log2OfE;
        for (var task = from; task < to; task++)
        {
            NarrowHead.Gather(Shape.Part(Qkv, task, 0), tokens, size, queries);
            NarrowHead.Gather(Shape.Output(DY, task), tokens, size, dOutput);
            NarrowHead.GatherTransposed<S, V>(Shape.Part(Qkv, task, 1), tokens, size, keyFactor, block.KeysT, padded);
            NarrowHead.GatherTransposed<S, V>(Shape.Part(Qkv, task, 2), tokens, size, scale, block.ValuesT, padded);
            var output = Shape.Output(Y, task);
            for (var query = 0; query < tokens; query++)
            {
                minusLogSumExp[query] = -LogSumExp[(nint)task * tokens + query] * ScoreExponential.Log2OfE;
                minusDots[query] = -scale * SingleQuery.Dot<S, V>(dOutput + query * NarrowHead.Size, output[query], size);
            }

            for (var query = 0; query < tokens; query += QueryBlock)
            {
                block.Count = Math.Min(QueryBlock, tokens - query);
                block.Queries = queries + query * NarrowHead.Size;
                block.DOutput = dOutput + query * NarrowHead.Size;
                block.MinusLogSumExp = minusLogSumExp + query;
                block.MinusDots = minusDots + query;
                for (var key = 0; key < padded; key += S.Lanes)
                    KeyVector<S, V>(block, key, query == 0);
                for (var i = 0; i < block.Count; i += 2)
                    QueryPair<S, V>(block, i, 1 / keyFactor, dQueries + (query + i) * NarrowHead.Size);
            }

            NarrowHead.Scatter(dQueries, tokens, size, Shape.Part(DQkv, task, 0));
            Shape.Part(DQkv, task, 1).TransposeBack<S, V>(block.DKeysT, padded, 0, tokens, size);
            Shape.Part(DQkv, task, 2).TransposeBack<S, V>(block.DValuesT, padded, 0, tokens, size);
        }
    }

    // dS of the block's queries and one vector of keys, and what they add to dK and dV of these keys. Lanes beyond the last key
    // compute something that nobody reads.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void KeyVector<S, V>(in Block block, int key, bool first) where S : struct, ISimd<V> where V : unmanaged
    {
        nint padded = block.Padded;
        var keys = block.KeysT + key;
        V k0 = S.Load(keys), k1 = S.Load(keys + padded), k2 = S.Load(keys + 2 * padded), k3 = S.Load(keys + 3 * padded);
        keys += 4 * padded;
        V k4 = S.Load(keys), k5 = S.Load(keys + padded), k6 = S.Load(keys + 2 * padded), k7 = S.Load(keys + 3 * padded);
        V dk0 = S.Zero, dk1 = S.Zero, dk2 = S.Zero, dk3 = S.Zero, dk4 = S.Zero, dk5 = S.Zero, dk6 = S.Zero, dk7 = S.Zero;
        V dv0 = S.Zero, dv1 = S.Zero, dv2 = S.Zero, dv3 = S.Zero, dv4 = S.Zero, dv5 = S.Zero, dv6 = S.Zero, dv7 = S.Zero;
        var values = block.ValuesT + key;
        var upperValues = values + 4 * padded;
        var query = block.Queries;
        var toDOutput = block.DOutput - query;
        var dScores = block.DScores + key;
        for (var i = 0; i < block.Count; i++, query += NarrowHead.Size, dScores += padded)
        {
            var p = ScoreExponential.PowerOfTwo<S, V>(
                NarrowHead.Dot<S, V>(S.Broadcast(block.MinusLogSumExp[i]), k0, k1, k2, k3, k4, k5, k6, k7, query));
            var row = query + toDOutput;
            var even = S.FusedMultiplyAdd(S.Load(values), S.Broadcast(row[0]), S.Broadcast(block.MinusDots[i]));
            var odd = S.Multiply(S.Load(values + padded), S.Broadcast(row[1]));
            even = S.FusedMultiplyAdd(S.Load(values + 2 * padded), S.Broadcast(row[2]), even);
            odd = S.FusedMultiplyAdd(S.Load(values + 3 * padded), S.Broadcast(row[3]), odd);
            even = S.FusedMultiplyAdd(S.Load(upperValues), S.Broadcast(row[4]), even);
            odd = S.FusedMultiplyAdd(S.Load(upperValues + padded), S.Broadcast(row[5]), odd);
            even = S.FusedMultiplyAdd(S.Load(upperValues + 2 * padded), S.Broadcast(row[6]), even);
            odd = S.FusedMultiplyAdd(S.Load(upperValues + 3 * padded), S.Broadcast(row[7]), odd);
            var dScore = S.Multiply(p, S.Add(even, odd));
            S.Store(dScores, dScore);
            dv0 = S.FusedMultiplyAdd(p, S.Broadcast(row[0]), dv0);
            dv1 = S.FusedMultiplyAdd(p, S.Broadcast(row[1]), dv1);
            dv2 = S.FusedMultiplyAdd(p, S.Broadcast(row[2]), dv2);
            dv3 = S.FusedMultiplyAdd(p, S.Broadcast(row[3]), dv3);
            dv4 = S.FusedMultiplyAdd(p, S.Broadcast(row[4]), dv4);
            dv5 = S.FusedMultiplyAdd(p, S.Broadcast(row[5]), dv5);
            dv6 = S.FusedMultiplyAdd(p, S.Broadcast(row[6]), dv6);
            dv7 = S.FusedMultiplyAdd(p, S.Broadcast(row[7]), dv7);
            dk0 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[0]), dk0);
            dk1 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[1]), dk1);
            dk2 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[2]), dk2);
            dk3 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[3]), dk3);
            dk4 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[4]), dk4);
            dk5 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[5]), dk5);
            dk6 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[6]), dk6);
            dk7 = S.FusedMultiplyAdd(dScore, S.Broadcast(query[7]), dk7);
        }

        AddColumns<S, V>(block.DKeysT + key, padded, first, dk0, dk1, dk2, dk3, dk4, dk5, dk6, dk7);
        AddColumns<S, V>(block.DValuesT + key, padded, first, dv0, dv1, dv2, dv3, dv4, dv5, dv6, dv7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<S, V>(float* to, nint padded, bool first, V v0, V v1, V v2, V v3, V v4, V v5, V v6, V v7)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        AddTo<S, V>(to, first, v0);
        AddTo<S, V>(to += padded, first, v1);
        AddTo<S, V>(to += padded, first, v2);
        AddTo<S, V>(to += padded, first, v3);
        AddTo<S, V>(to += padded, first, v4);
        AddTo<S, V>(to += padded, first, v5);
        AddTo<S, V>(to += padded, first, v6);
        AddTo<S, V>(to + padded, first, v7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<S, V>(float* to, bool first, V value) where S : struct, ISimd<V> where V : unmanaged =>
        S.Store(to, first ? value : S.Add(S.Load(to), value));

    // dQ of two queries of the block (the second may lie beyond the last: its room in scratch is there). Lanes beyond the last key add
    // nothing, since the transposed keys are zero there.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void QueryPair<S, V>(in Block block, int query, float factor, float* dQuery) where S : struct, ISimd<V> where V : unmanaged
    {
        nint padded = block.Padded;
        var ds = block.DScores + query * padded;
        var other = query + 1 < block.Count ? ds + padded : ds;
        var keys = block.KeysT;
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, a4 = S.Zero, a5 = S.Zero, a6 = S.Zero, a7 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero, b4 = S.Zero, b5 = S.Zero, b6 = S.Zero, b7 = S.Zero;
        for (var key = padded; key > 0; key -= S.Lanes, ds += S.Lanes, other += S.Lanes, keys += S.Lanes)
        {
            var x = S.Load(ds);
            var y = S.Load(other);
            Pair<S, V>(keys, x, y, ref a0, ref b0);
            Pair<S, V>(keys + padded, x, y, ref a1, ref b1);
            Pair<S, V>(keys + 2 * padded, x, y, ref a2, ref b2);
            Pair<S, V>(keys + 3 * padded, x, y, ref a3, ref b3);
            var upper = keys + 4 * padded;
            Pair<S, V>(upper, x, y, ref a4, ref b4);
            Pair<S, V>(upper + padded, x, y, ref a5, ref b5);
            Pair<S, V>(upper + 2 * padded, x, y, ref a6, ref b6);
            Pair<S, V>(upper + 3 * padded, x, y, ref a7, ref b7);
        }

        LaneSums.Eight<S, V>(a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, factor, dQuery);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair<S, V>(float* keys, V x, V y, ref V a, ref V b) where S : struct, ISimd<V> where V : unmanaged
    {
        var k = S.Load(keys);
        a = S.FusedMultiplyAdd(x, k, a);
        b = S.FusedMultiplyAdd(y, k, b);
    }

    private struct Block
    {
        public int Count;
        public int Padded;
        public float* Queries; // [Count, Size]
        public float* DOutput; // [Count, Size]
        public float* MinusLogSumExp; // [Count], to base 2
        public float* MinusDots; // [Count], times scale
        public float* KeysT; // [Size, Padded], times scale·log2(e)
        public float* ValuesT; // [Size, Padded], times scale
        public float* DKeysT; // [Size, Padded]
        public float* DValuesT; // [Size, Padded]
        public float* DScores; // [Count, Padded]
    }
}
