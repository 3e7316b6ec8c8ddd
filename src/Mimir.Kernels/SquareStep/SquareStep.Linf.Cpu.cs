using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class SquareStep
{
    private static void StripesOnHost(
        HostDevice host, DeviceSpan<float> natural, DeviceSpan<float> signs, Shape shape, float epsilon, DeviceSpan<float> points) =>
        host.For(shape.Rows, new StripesKernel(natural.Host, signs.Host, shape, epsilon, points.Host));

    private static void LinfOnHost(
        HostDevice host, string entry, DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs,
        Shape shape, float epsilon, DeviceSpan<float> candidates)
    {
        for (var row = 0; row < shape.Rows; row++)
            RequireInside(entry, row, windows.Host + 3 * row, windows.Host + 3 * row + 1, shape);
        host.For(shape.Rows, new LinfKernel(natural.Host, best.Host, windows.Host, signs.Host, shape, epsilon, candidates.Host));
    }

    private static void RequireInside(string entry, int row, int* side, int* corner, Shape shape)
    {
        if (*side < 1 || corner[0] < 0 || corner[1] < 0 || *side > shape.Height - corner[0] || *side > shape.Width - corner[1])
        {
            throw new ShapeException(
                $"{entry}: a window of image {row} has side {*side} at row {corner[0]}, column {corner[1]}, and the image is {shape.Height}x{shape.Width}");
        }
    }

    /// <summary>A task is an image.</summary>
    private readonly struct StripesKernel(float* natural, float* signs, Shape shape, float epsilon, float* points) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var (_, channels, height, width) = shape;
            for (var plane = (long)from * channels; plane < (long)to * channels; plane++)
            for (var y = 0; y < height; y++)
            {
                var first = (plane * height + y) * width;
                float* x = natural + first, s = signs + plane * width, p = points + first;
                var i = 0;
                for (; i <= width - S.Lanes; i += S.Lanes)
                    S.Store(p + i, Stripe<S, V>(S.Load(x + i), S.Load(s + i)));
                for (; i < width; i++)
                    p[i] = Stripe<SimdScalar, float>(x[i], s[i]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Stripe<S, V>(V x, V sign) where S : struct, ISimd<V> where V : unmanaged =>
            S.Max(S.Zero, S.Min(S.Broadcast(1f), S.FusedMultiplyAdd(sign, S.Broadcast(epsilon), x)));
    }

    /// <summary>A task is an image. Rows through the window are three pieces of different moves.</summary>
    private readonly struct LinfKernel(float* natural, float* best, int* windows, float* signs, Shape shape, float epsilon, float* candidates)
        : ISimdKernel
    {
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            for (var c = 0; c < shape.Channels; c++)
            {
                var plane = (long)row * shape.Channels + c;
                int side = windows[3 * row], top = windows[3 * row + 1], left = windows[3 * row + 2];
                var move = 2 * epsilon * signs[plane];
                var start = plane * shape.Plane;
                Piece<S, V>(start, start + (long)top * shape.Width, 0);
                for (var y = top; y < top + side; y++)
                {
                    var line = start + (long)y * shape.Width;
                    Piece<S, V>(line, line + left, 0);
                    Piece<S, V>(line + left, line + left + side, move);
                    Piece<S, V>(line + left + side, line + shape.Width, 0);
                }

                Piece<S, V>(start + (long)(top + side) * shape.Width, start + shape.Plane, 0);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Piece<S, V>(long from, long to, float move) where S : struct, ISimd<V> where V : unmanaged
        {
            float* x = natural, b = best, y = candidates;
            var i = from;
            for (; i <= to - S.Lanes; i += S.Lanes)
                S.Store(y + i, Propose<S, V>(S.Load(x + i), S.Load(b + i), S.Broadcast(move)));
            for (; i < to; i++)
                y[i] = Propose<SimdScalar, float>(x[i], b[i], move);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Propose<S, V>(V x, V from, V move) where S : struct, ISimd<V> where V : unmanaged
        {
            var radius = S.Broadcast(epsilon);
            var inside = S.Min(S.Add(x, radius), S.Max(S.Subtract(x, radius), S.Add(from, move)));
            return S.Max(S.Zero, S.Min(S.Broadcast(1f), inside));
        }
    }
}
