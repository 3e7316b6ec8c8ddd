using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class Elementwise
{
    /// <summary>a + b as a map, shared with <see cref="Reduce"/>.</summary>
    internal static void AddOnHost(HostDevice host, DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new BinaryMap<Sum>(default, a.Host, b.Host, y.Host, y.Length));

    private static void ScaleOnHost(HostDevice host, DeviceSpan<float> x, float factor, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new UnaryMap<Product>(new Product(factor), x.Host, y.Host, y.Length));

    private static void ScaleRowsOnHost(HostDevice host, DeviceSpan<float> x, DeviceSpan<float> scale, long group, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new GroupScale(x.Host, scale.Host, group, y.Host, y.Length));

    private static void AddScaledOnHost(HostDevice host, DeviceSpan<float> a, DeviceSpan<float> b, float factor, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new BinaryMap<ScaledSum>(new ScaledSum(factor), a.Host, b.Host, y.Host, y.Length));

    private static void FillOnHost(HostDevice host, float value, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new BlockFill(value, y.Host, y.Length));

    private static void CopyOnHost(HostDevice host, DeviceSpan<float> x, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new BlockCopy(x.Host, y.Host, y.Length));

    private readonly struct Sum : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S, V>(V a, V b) where S : struct, ISimd<V> where V : unmanaged => S.Add(a, b);
    }

    private readonly struct ScaledSum(float factor) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S, V>(V a, V b) where S : struct, ISimd<V> where V : unmanaged => S.FusedMultiplyAdd(b, S.Broadcast(factor), a);
    }

    private readonly struct Product(float factor) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged => S.Multiply(x, S.Broadcast(factor));
    }

    /// <summary>Each run of <paramref name="group"/> elements has its own factor; a task may begin and end inside a run.</summary>
    private readonly struct GroupScale(float* x, float* scale, long group, float* y, long count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = Math.Min(count, (long)to * ElementGrain.Elements);
            var i = (long)from * ElementGrain.Elements;
            while (i < end)
            {
                var number = i / group;
                var stop = Math.Min(end, (number + 1) * group);
                var factor = S.Broadcast(scale[number]);
                for (; i + S.Lanes <= stop; i += S.Lanes)
                    S.Store(y + i, S.Multiply(S.Load(x + i), factor));
                var left = (int)(stop - i);
                if (left > 0)
                    S.StorePartial(y + i, S.Multiply(S.LoadPartial(x + i, left), factor), left);
                i = stop;
            }
        }
    }

    private readonly struct BlockFill(float value, float* y, long count) : ISimdKernel
    {
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var start = (long)from * ElementGrain.Elements;
            new Span<float>(y + start, (int)(Math.Min(count, (long)to * ElementGrain.Elements) - start)).Fill(value);
        }
    }

    private readonly struct BlockCopy(float* x, float* y, long count) : ISimdKernel
    {
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var start = (long)from * ElementGrain.Elements;
            var bytes = (Math.Min(count, (long)to * ElementGrain.Elements) - start) * sizeof(float);
            Buffer.MemoryCopy(x + start, y + start, bytes, bytes);
        }
    }
}
