using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class ApgdStep
{
    private const double Tiny = 1e-12; // keeps a length of zero from dividing by zero

    private static void StartOnHost(
        HostDevice host, DeviceSpan<float> natural, DeviceSpan<float> noise, int rows, int values, float epsilon, DeviceSpan<float> points) =>
        host.For(rows, new StartKernel(natural.Host, noise.Host, values, epsilon, points.Host));

    private static void LinfOnHost(HostDevice host, in Images images) => host.For(images.Rows, new LinfKernel(Addresses.Of(images)));

    private static void L2OnHost(HostDevice host, in Images images) => host.For(images.Rows, new L2Kernel(Addresses.Of(images)));

    /// <summary>The addresses of the first row; a task is one row.</summary>
    private struct Addresses
    {
        public float* Gradient;
        public float* Natural;
        public float* Steps;
        public float* Shares;
        public float* Previous;
        public float* Points;
        public int Values;
        public float Epsilon;

        public static Addresses Of(in Images images) => new()
        {
            Gradient = images.Gradient.Host,
            Natural = images.Natural.Host,
            Steps = images.Steps.Host,
            Shares = images.Shares.Host,
            Previous = images.Previous.Host,
            Points = images.Points.Host,
            Values = images.Values,
            Epsilon = images.Epsilon,
        };
    }

    private readonly struct StartKernel(float* natural, float* noise, int values, float epsilon, float* points) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                float* x = natural + first, t = noise + first, p = points + first;
                var largest = S.Zero;
                for (var i = 0; i < values; i += S.Lanes)
                    largest = S.Max(largest, S.Abs(S.LoadPartial(t + i, Math.Min(S.Lanes, values - i))));
                var (length, radius) = (S.Broadcast(S.MaxAcross(largest) + (float)Tiny), S.Broadcast(epsilon));
                for (var i = 0; i < values; i += S.Lanes)
                {
                    var left = Math.Min(S.Lanes, values - i);
                    var offset = S.Multiply(radius, S.Divide(S.LoadPartial(t + i, left), length));
                    S.StorePartial(p + i, Clip<S, V>(S.Add(S.LoadPartial(x + i, left), offset)), left);
                }
            }
        }
    }

    private readonly struct LinfKernel(Addresses rows) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * rows.Values;
                float* g = rows.Gradient + first, x = rows.Natural + first, o = rows.Previous + first, p = rows.Points + first;
                var radius = S.Broadcast(rows.Epsilon);
                var step = S.Broadcast(rows.Steps[row]);
                var share = S.Broadcast(rows.Shares[row]);
                var rest = S.Broadcast(1 - rows.Shares[row]);
                var i = 0;
                for (; i <= rows.Values - S.Lanes; i += S.Lanes)
                {
                    var point = S.Load(p + i);
                    var next = Next<S, V>(S.Load(g + i), S.Load(x + i), S.Load(o + i), point, radius, step, share, rest);
                    S.Store(o + i, point);
                    S.Store(p + i, next);
                }

                if (i < rows.Values)
                {
                    var left = rows.Values - i;
                    var point = S.LoadPartial(p + i, left);
                    var next = Next<S, V>(
                        S.LoadPartial(g + i, left), S.LoadPartial(x + i, left), S.LoadPartial(o + i, left), point, radius, step, share, rest);
                    S.StorePartial(o + i, point, left);
                    S.StorePartial(p + i, next, left);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Next<S, V>(V gradient, V natural, V previous, V point, V radius, V step, V share, V rest)
            where S : struct, ISimd<V> where V : unmanaged
        {
            var move = S.SelectLess(S.Zero, gradient, step, S.SelectLess(gradient, S.Zero, S.Negate(step), S.Zero));
            V low = S.Subtract(natural, radius), high = S.Add(natural, radius);
            var moved = Clip<S, V>(S.Min(high, S.Max(low, S.Add(point, move))));
            return Clip<S, V>(S.Min(high, S.Max(low, Mixed<S, V>(point, moved, previous, share, rest))));
        }
    }

    /// <summary>The gradient's length, that of the moved offset, that of the mixed one; the row is small enough to stay in the cache.</summary>
    private readonly struct L2Kernel(Addresses rows) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * rows.Values;
                float* g = rows.Gradient + first, x = rows.Natural + first, o = rows.Previous + first, p = rows.Points + first;
                var step = (float)(rows.Steps[row] / (Math.Sqrt(SquareSum.Of<S, V>(g, rows.Values)) + Tiny));
                var inside = Inside(Math.Sqrt(MovedSquares<S, V>(g, x, p, step, rows.Values)));
                var offset = Math.Sqrt(MixedSquares<S, V>(g, x, o, p, step, inside, rows.Shares[row], rows.Values));
                AddOffset<S, V>(x, p, Inside(offset), rows.Values);
            }
        }

        // Scales an offset of this length into the ball.
        private float Inside(double length) => (float)(Math.Min(rows.Epsilon, length) / (length + Tiny));
    }

    /// <summary>‖(p + step·g) − x‖².</summary>
    private static double MovedSquares<S, V>(float* gradient, float* natural, float* points, float step, int count)
        where S : struct, ISimd<V> where V : unmanaged
    {
        var factor = S.Broadcast(step);
        var total = 0.0;
        for (var start = 0; start < count; start += SquareSum.Block)
        {
            var end = Math.Min(count, start + SquareSum.Block);
            var sum = S.Zero;
            var i = start;
            for (; i <= end - S.Lanes; i += S.Lanes)
            {
                var offset = Offset<S, V>(S.Load(gradient + i), S.Load(natural + i), S.Load(points + i), factor);
                sum = S.FusedMultiplyAdd(offset, offset, sum);
            }

            if (i < end)
            {
                var left = end - i;
                var offset = Offset<S, V>(S.LoadPartial(gradient + i, left), S.LoadPartial(natural + i, left), S.LoadPartial(points + i, left), factor);
                sum = S.FusedMultiplyAdd(offset, offset, sum);
            }

            total += S.Sum(sum);
        }

        return total;
    }

    /// <summary>Takes the points over into the previous ones, leaves in their place the offsets of the mixed points from x, and returns the square
    /// of these offsets' length.</summary>
    private static double MixedSquares<S, V>(
        float* gradient, float* natural, float* previous, float* points, float step, float inside, float share, int count)
        where S : struct, ISimd<V> where V : unmanaged
    {
        V factor = S.Broadcast(step), scale = S.Broadcast(inside), part = S.Broadcast(share), rest = S.Broadcast(1 - share);
        var total = 0.0;
        for (var start = 0; start < count; start += SquareSum.Block)
        {
            var end = Math.Min(count, start + SquareSum.Block);
            var sum = S.Zero;
            var i = start;
            for (; i <= end - S.Lanes; i += S.Lanes)
            {
                V point = S.Load(points + i), x = S.Load(natural + i);
                var moved = Clip<S, V>(S.FusedMultiplyAdd(Offset<S, V>(S.Load(gradient + i), x, point, factor), scale, x));
                var offset = S.Subtract(Mixed<S, V>(point, moved, S.Load(previous + i), part, rest), x);
                S.Store(previous + i, point);
                S.Store(points + i, offset);
                sum = S.FusedMultiplyAdd(offset, offset, sum);
            }

            if (i < end)
            {
                var left = end - i;
                V point = S.LoadPartial(points + i, left), x = S.LoadPartial(natural + i, left);
                var moved = Clip<S, V>(S.FusedMultiplyAdd(Offset<S, V>(S.LoadPartial(gradient + i, left), x, point, factor), scale, x));
                var offset = S.Subtract(Mixed<S, V>(point, moved, S.LoadPartial(previous + i, left), part, rest), x);
                S.StorePartial(previous + i, point, left);
                S.StorePartial(points + i, offset, left);
                sum = S.FusedMultiplyAdd(offset, offset, sum);
            }

            total += S.Sum(sum);
        }

        return total;
    }

    private static void AddOffset<S, V>(float* natural, float* points, float inside, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        var scale = S.Broadcast(inside);
        var i = 0;
        for (; i <= count - S.Lanes; i += S.Lanes)
            S.Store(points + i, Clip<S, V>(S.FusedMultiplyAdd(S.Load(points + i), scale, S.Load(natural + i))));
        if (i < count)
        {
            var left = count - i;
            var point = S.FusedMultiplyAdd(S.LoadPartial(points + i, left), scale, S.LoadPartial(natural + i, left));
            S.StorePartial(points + i, Clip<S, V>(point), left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Offset<S, V>(V gradient, V natural, V point, V step) where S : struct, ISimd<V> where V : unmanaged =>
        S.Subtract(S.FusedMultiplyAdd(gradient, step, point), natural);

    // Not fused: the bits of the published code.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Mixed<S, V>(V point, V moved, V previous, V share, V rest) where S : struct, ISimd<V> where V : unmanaged =>
        S.Add(S.Add(point, S.Multiply(S.Subtract(moved, point), share)), S.Multiply(S.Subtract(point, previous), rest));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Clip<S, V>(V value) where S : struct, ISimd<V> where V : unmanaged =>
        S.Max(S.Min(value, S.Broadcast(1f)), S.Zero);
}
