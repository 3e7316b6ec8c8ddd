using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <content>The host's form: a task is one row.</content>
public static unsafe partial class Rows
{
    private static void SelectOnHost(
        HostDevice host, DeviceSpan<int> chosen, DeviceSpan<float> source, int rows, int values, DeviceSpan<float> destination) =>
        host.For(rows, new SelectKernel(chosen.Host, source.Host, values, destination.Host));

    private static void DistancesOnHost(
        HostDevice host, bool linf, DeviceSpan<float> a, DeviceSpan<float> b, int rows, int values, DeviceSpan<float> distances)
    {
        var other = b.IsEmpty ? null : b.Host;
        if (linf)
            host.For(rows, new LinfKernel(a.Host, other, values, distances.Host));
        else
            host.For(rows, new L2Kernel(a.Host, other, values, distances.Host));
    }

    private static void L1NormsOnHost(HostDevice host, DeviceSpan<float> a, int rows, int values, DeviceSpan<float> norms) =>
        host.For(rows, new L1Kernel(a.Host, values, norms.Host));

    private static void BlendOnHost(
        HostDevice host, DeviceSpan<float> center, DeviceSpan<float> factors, int rows, int values, DeviceSpan<float> points) =>
        host.For(rows, new BlendKernel(center.Host, factors.Host, values, points.Host));

    private readonly struct SelectKernel(int* chosen, float* source, int values, float* destination) : ISimdKernel
    {
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                if (chosen[row] != 0)
                    new ReadOnlySpan<float>(source + first, values).CopyTo(new Span<float>(destination + first, values));
            }
        }
    }

    private readonly struct LinfKernel(float* a, float* b, int values, float* distances) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                float* left = a + first, right = b is null ? null : b + first;
                var largest = S.Zero;
                var spoilt = S.Zero; // stays 0 unless a difference is NaN or infinite, which a maximum may pass over
                for (var i = 0; i < values; i += S.Lanes)
                {
                    var count = Math.Min(S.Lanes, values - i);
                    var difference = S.LoadPartial(left + i, count);
                    if (right is not null)
                        difference = S.Subtract(difference, S.LoadPartial(right + i, count));
                    largest = S.Max(largest, S.Abs(difference));
                    spoilt = S.Add(spoilt, S.Subtract(difference, difference));
                }

                distances[row] = S.MaxAcross(largest) + S.Sum(spoilt);
            }
        }
    }

    private readonly struct L2Kernel(float* a, float* b, int values, float* distances) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                var squares = b is null ? SquareSum.Of<S, V>(a + first, values) : SquareSum.OfDifference<S, V>(a + first, b + first, values);
                distances[row] = (float)Math.Sqrt(squares);
            }
        }
    }

    private readonly struct L1Kernel(float* a, int values, float* norms) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var x = a + (long)row * values;
                var total = 0.0;
                for (var start = 0; start < values; start += SquareSum.Block)
                {
                    var end = Math.Min(values, start + SquareSum.Block);
                    var sum = S.Zero;
                    for (var i = start; i < end; i += S.Lanes)
                        sum = S.Add(sum, S.Abs(S.LoadPartial(x + i, Math.Min(S.Lanes, end - i))));
                    total += S.Sum(sum);
                }

                norms[row] = (float)total;
            }
        }
    }

    private readonly struct BlendKernel(float* center, float* factors, int values, float* points) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                if (factors[row] == 1f)
                    continue;
                var first = (long)row * values;
                float* c = center + first, p = points + first;
                var factor = S.Broadcast(factors[row]);
                var i = 0;
                for (; i <= values - S.Lanes; i += S.Lanes)
                {
                    var middle = S.Load(c + i);
                    S.Store(p + i, S.FusedMultiplyAdd(S.Subtract(S.Load(p + i), middle), factor, middle));
                }

                if (i < values)
                {
                    var left = values - i;
                    var middle = S.LoadPartial(c + i, left);
                    S.StorePartial(p + i, S.FusedMultiplyAdd(S.Subtract(S.LoadPartial(p + i, left), middle), factor, middle), left);
                }
            }
        }
    }
}
