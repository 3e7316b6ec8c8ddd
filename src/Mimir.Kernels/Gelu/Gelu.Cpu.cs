using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class Gelu
{
    private static void ForwardOnHost(HostDevice host, DeviceSpan<float> x, DeviceSpan<float> y) =>
        host.For(ElementGrain.Tasks(y.Length), new UnaryMap<Value>(new Value(GeluTable.Coefficients), x.Host, y.Host, y.Length));

    private static void BackwardOnHost(HostDevice host, DeviceSpan<float> dY, DeviceSpan<float> x, DeviceSpan<float> dX) =>
        host.For(ElementGrain.Tasks(dX.Length), new BinaryMap<Gradient>(new Gradient(GeluTable.Coefficients), dY.Host, x.Host, dX.Host, dX.Length));

    private readonly struct Value(float* table) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged => GeluTable.Gelu<S, V>(x, table);
    }

    private readonly struct Gradient(float* table) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S, V>(V dY, V x) where S : struct, ISimd<V> where V : unmanaged =>
            S.Multiply(dY, GeluTable.Derivative<S, V>(x, table));
    }
}
