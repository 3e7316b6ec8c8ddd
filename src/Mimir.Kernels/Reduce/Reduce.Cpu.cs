using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class Reduce
{
    /// <summary>Elements that are summed in float32 lanes before float64 takes over; divides <see cref="ElementGrain.Elements"/>.</summary>
    private const int Block = 4096;

    private interface ITerm
    {
        V Accumulate<S, V>(V x, V sum) where S : struct, ISimd<V> where V : unmanaged;
    }

    private static double SumOnHost(HostDevice host, DeviceSpan<float> x) => Total<Itself>(host, x);

    private static double SumOfSquaresOnHost(HostDevice host, ReadOnlySpan<DeviceSpan<float>> terms)
    {
        var arrays = stackalloc float*[terms.Length];
        for (var i = 0; i < terms.Length; i++)
            arrays[i] = terms[i].Host;
        var tasks = ElementGrain.Tasks(terms[0].Length);
        var partial = (double*)LaneScratch.Floats(ScratchSlot.Reduction, 2L * tasks);
        host.For(tasks, new PartialSquares(arrays, terms.Length, terms[0].Length, partial));
        return Total(partial, tasks);
    }

    private static long CountZerosOnHost(HostDevice host, DeviceSpan<float> x) => x.Length - (long)Total<OneWhereNotZero>(host, x);

    private static double Total<TTerm>(HostDevice host, DeviceSpan<float> x) where TTerm : unmanaged, ITerm
    {
        var tasks = ElementGrain.Tasks(x.Length);
        var partial = (double*)LaneScratch.Floats(ScratchSlot.Reduction, 2L * tasks);
        host.For(tasks, new PartialSums<TTerm>(default, x.Host, x.Length, partial));
        return Total(partial, tasks);
    }

    private static double Total(double* partial, int tasks)
    {
        var total = 0.0;
        for (var i = 0; i < tasks; i++)
            total += partial[i];
        return total;
    }

    private static bool AllFiniteOnHost(HostDevice host, DeviceSpan<float> x)
    {
        var finite = 1;
        host.For(ElementGrain.Tasks(x.Length), new Finiteness(x.Host, x.Length, &finite));
        return finite == 1;
    }

    private readonly struct Itself : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<S, V>(V x, V sum) where S : struct, ISimd<V> where V : unmanaged => S.Add(sum, x);
    }

    private readonly struct Square : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<S, V>(V x, V sum) where S : struct, ISimd<V> where V : unmanaged => S.FusedMultiplyAdd(x, x, sum);
    }

    /// <summary>Counts what is not zero, because the missing lanes of a last vector are. Counts of a block are exact in float32.</summary>
    private readonly struct OneWhereNotZero : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<S, V>(V x, V sum) where S : struct, ISimd<V> where V : unmanaged =>
            S.Add(sum, S.SelectLess(S.Zero, S.Abs(x), S.Broadcast(1f), S.Zero));
    }

    /// <summary>x·0 is 0 for finite x and NaN for the others: a sum of such terms stays 0 or ends as NaN.</summary>
    private readonly struct Nothing : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<S, V>(V x, V sum) where S : struct, ISimd<V> where V : unmanaged => S.FusedMultiplyAdd(x, S.Zero, sum);
    }

    /// <summary>Sum of a term over <paramref name="count"/> elements with four accumulators, which hide the latency of the addition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float BlockSum<S, V, TTerm>(TTerm term, float* x, int count)
        where S : struct, ISimd<V> where V : unmanaged where TTerm : unmanaged, ITerm
    {
        V a = S.Zero, b = S.Zero, c = S.Zero, d = S.Zero;
        var i = 0;
        for (; i + 4 * S.Lanes <= count; i += 4 * S.Lanes)
        {
            a = term.Accumulate<S, V>(S.Load(x + i), a);
            b = term.Accumulate<S, V>(S.Load(x + i + S.Lanes), b);
            c = term.Accumulate<S, V>(S.Load(x + i + 2 * S.Lanes), c);
            d = term.Accumulate<S, V>(S.Load(x + i + 3 * S.Lanes), d);
        }

        for (; i + S.Lanes <= count; i += S.Lanes)
            a = term.Accumulate<S, V>(S.Load(x + i), a);
        if (i < count)
            b = term.Accumulate<S, V>(S.LoadPartial(x + i, count - i), b); // missing lanes are 0 and add nothing
        return S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
    }

    private readonly struct PartialSums<TTerm>(TTerm term, float* x, long count, double* partial) : ISimdKernel
        where TTerm : unmanaged, ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var task = from; task < to; task++)
            {
                var end = Math.Min(count, (task + 1L) * ElementGrain.Elements);
                var sum = 0.0;
                for (var i = (long)task * ElementGrain.Elements; i < end; i += Block)
                    sum += BlockSum<S, V, TTerm>(term, x + i, (int)Math.Min(Block, end - i));
                partial[task] = sum;
            }
        }
    }

    /// <summary>Adds the terms of a block up where it stays in the first-level cache.</summary>
    private readonly struct PartialSquares(float** terms, int termCount, long count, double* partial) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var sums = LaneScratch.Floats(ScratchSlot.ReductionBlock, Block);
            for (var task = from; task < to; task++)
            {
                var end = Math.Min(count, (task + 1L) * ElementGrain.Elements);
                var sum = 0.0;
                for (var i = (long)task * ElementGrain.Elements; i < end; i += Block)
                {
                    var size = (int)Math.Min(Block, end - i);
                    var x = terms[0] + i;
                    for (var term = 1; term < termCount; term++)
                    {
                        Add<S, V>(x, terms[term] + i, sums, size);
                        x = sums;
                    }

                    sum += BlockSum<S, V, Square>(default, x, size);
                }

                partial[task] = sum;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add<S, V>(float* a, float* b, float* y, int count) where S : struct, ISimd<V> where V : unmanaged
        {
            var i = 0;
            for (; i + S.Lanes <= count; i += S.Lanes)
                S.Store(y + i, S.Add(S.Load(a + i), S.Load(b + i)));
            if (i < count)
                S.StorePartial(y + i, S.Add(S.LoadPartial(a + i, count - i), S.LoadPartial(b + i, count - i)), count - i);
        }
    }

    private readonly struct Finiteness(float* x, long count, int* finite) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = Math.Min(count, (long)to * ElementGrain.Elements);
            for (var i = (long)from * ElementGrain.Elements; i < end; i += Block)
            {
                if (Volatile.Read(ref *finite) == 0)
                    return; // another task has the answer
                if (!(BlockSum<S, V, Nothing>(default, x + i, (int)Math.Min(Block, end - i)) == 0f))
                    Volatile.Write(ref *finite, 0);
            }
        }
    }
}
