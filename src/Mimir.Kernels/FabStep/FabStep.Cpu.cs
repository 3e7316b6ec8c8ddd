using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class FabStep
{
    // Stands for "to the wall" as a step λ: above every way even where it is multiplied by the least weight, and without infinity's 0 · ∞.
    private const double Unlimited = 1e300;

    private static void ProjectOnHost(
        HostDevice host, bool linf, DeviceSpan<float> points, DeviceSpan<float> normals, DeviceSpan<float> offsets, int rows, int values,
        DeviceSpan<float> moves)
    {
        if (linf)
            host.ForDoubles(rows, new ProjectKernel<Linf>(points.Host, normals.Host, offsets.Host, values, moves.Host));
        else
            host.ForDoubles(rows, new ProjectKernel<L2>(points.Host, normals.Host, offsets.Host, values, moves.Host));
    }

    private static void AdvanceOnHost(
        HostDevice host, bool linf, DeviceSpan<float> normals, DeviceSpan<float> differences, DeviceSpan<float> natural, int rows,
        int values, float alphaMax, float overshoot, DeviceSpan<float> points)
    {
        if (linf)
            host.ForDoubles(rows, new AdvanceKernel<Linf>(normals.Host, differences.Host, natural.Host, values, alphaMax, overshoot, points.Host));
        else
            host.ForDoubles(rows, new AdvanceKernel<L2>(normals.Host, differences.Host, natural.Host, values, alphaMax, overshoot, points.Host));
    }

    /// <summary>What differs between the norms.</summary>
    private interface INorm
    {
        /// <summary>Smaller weights count as none.</summary>
        static abstract double LeastWeight { get; }

        /// <summary>How far a value goes for λ = 1.</summary>
        static abstract D Pace<L, D>(D weight) where L : struct, IDoubleLanes<D> where D : unmanaged;

        /// <summary>A norm in the making, with another value's move in it.</summary>
        static abstract D Extend<L, D>(D extent, D move) where L : struct, IDoubleLanes<D> where D : unmanaged;

        /// <summary>The norm, from 256 of these. Overwrites them.</summary>
        static abstract double Length<L, D>(double* extents) where L : struct, IDoubleLanes<D> where D : unmanaged;
    }

    private readonly struct Linf : INorm
    {
        public static double LeastWeight => float.Epsilon; // all but zero count

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static D Pace<L, D>(D weight) where L : struct, IDoubleLanes<D> where D : unmanaged => L.Broadcast(1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static D Extend<L, D>(D extent, D move) where L : struct, IDoubleLanes<D> where D : unmanaged => L.SelectLess(extent, move, move, extent);

        public static double Length<L, D>(double* extents) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var length = 0.0;
            for (var i = 0; i < PartialSums.Count; i++)
                length = length < extents[i] ? extents[i] : length;
            return length;
        }
    }

    private readonly struct L2 : INorm
    {
        public static double LeastWeight => LeastL2Weight;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static D Pace<L, D>(D weight) where L : struct, IDoubleLanes<D> where D : unmanaged => weight;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static D Extend<L, D>(D extent, D move) where L : struct, IDoubleLanes<D> where D : unmanaged => L.FusedMultiplyAdd(move, move, extent);

        public static double Length<L, D>(double* extents) where L : struct, IDoubleLanes<D> where D : unmanaged =>
            Math.Sqrt(PartialSums.Total<L, D>(extents));
    }

    /// <summary>A point before its hyperplane: to which side it has to go, and how far in units of ⟨w, ·⟩.</summary>
    private readonly struct Plane<N>(float* point, float* normal, int values, double distance) where N : struct, INorm
    {
        private readonly float* _point = point;
        private readonly float* _normal = normal;
        private readonly int _values = values;
        private readonly double _sign = distance >= 0 ? 1 : -1;
        private readonly double _distance = Math.Abs(distance);

        /// <summary>1 if the point has to go against the normal, −1 if along it.</summary>
        public double Sign => _sign;

        /// <summary>λ, or NaN where an argument is.</summary>
        public double Solve<L, D>() where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            double* held = stackalloc double[PartialSums.Count], slope = stackalloc double[PartialSums.Count];
            var lambda = 0.0;
            while (true)
            {
                Tally<L, D>(lambda, held, slope);
                var rise = PartialSums.Total<L, D>(slope);
                var next = rise == 0 ? Unlimited : (_distance - PartialSums.Total<L, D>(held)) / rise;
                if (!(next > lambda)) // the same walls as before, so the same λ
                    return double.IsNaN(next) ? next : lambda;
                lambda = next;
            }
        }

        /// <summary>‖d‖ for a λ.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public double Length<L, D>(double lambda) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var extents = stackalloc double[PartialSums.Count];
            for (var column = 0; column < PartialSums.Count; column += L.Lanes)
            {
                var extent = L.Broadcast(0);
                for (var i = column; i <= _values - L.Lanes; i += PartialSums.Count)
                    extent = N.Extend<L, D>(extent, Amount<L, D>(i, L.Broadcast(lambda), L.Broadcast(_sign)));
                L.Store(extents + column, extent);
            }

            for (var i = _values - _values % L.Lanes; i < _values; i++)
            {
                ref var extent = ref extents[i % PartialSums.Count];
                extent = N.Extend<DoublesScalar, double>(extent, Amount<DoublesScalar, double>(i, lambda, _sign));
            }

            return N.Length<L, D>(extents);
        }

        /// <summary>d from value <paramref name="i"/> on.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public D Move<L, D>(int i, D lambda, D sign) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var amount = Amount<L, D>(i, lambda, sign);
            var towards = L.Multiply(L.Widen(_normal + i), sign);
            return L.SelectLess(L.Broadcast(0), towards, L.Subtract(L.Broadcast(0), amount), amount);
        }

        /// <summary>For the values that λ brings to their wall the sum of |w|·r, for the others how the sum of |w d| grows with λ: partial sum
        /// j has the values j, j + 256, …</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Tally<L, D>(double lambda, double* held, double* slope) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            for (var column = 0; column < PartialSums.Count; column += L.Lanes)
            {
                D h = L.Broadcast(0), s = L.Broadcast(0);
                for (var i = column; i <= _values - L.Lanes; i += PartialSums.Count)
                    Add<L, D>(i, L.Broadcast(lambda), L.Broadcast(_sign), ref h, ref s);
                L.Store(held + column, h);
                L.Store(slope + column, s);
            }

            for (var i = _values - _values % L.Lanes; i < _values; i++)
                Add<DoublesScalar, double>(i, lambda, _sign, ref held[i % PartialSums.Count], ref slope[i % PartialSums.Count]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Add<L, D>(int i, D lambda, D sign, ref D held, ref D slope) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var zero = L.Broadcast(0);
            var (weight, way) = Reach<L, D>(i, sign);
            var pace = N.Pace<L, D>(weight);
            var wanted = L.Multiply(lambda, pace);
            held = L.FusedMultiplyAdd(weight, L.SelectLess(way, wanted, way, zero), held);
            slope = L.FusedMultiplyAdd(weight, L.SelectLess(way, wanted, zero, pace), slope);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private D Amount<L, D>(int i, D lambda, D sign) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var (weight, way) = Reach<L, D>(i, sign);
            var wanted = L.Multiply(lambda, N.Pace<L, D>(weight));
            return L.SelectLess(way, wanted, way, wanted);
        }

        /// <summary>|w| and r, both zero where there is no weight.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private (D Weight, D Way) Reach<L, D>(int i, D sign) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var zero = L.Broadcast(0);
            D normal = L.Widen(_normal + i), point = L.Widen(_point + i), least = L.Broadcast(N.LeastWeight);
            var weight = L.Abs(normal);
            var way = L.SelectLess(zero, L.Multiply(normal, sign), point, L.Subtract(L.Broadcast(1), point));
            return (L.SelectLess(weight, least, zero, weight), L.SelectLess(weight, least, zero, way));
        }
    }

    /// <summary>A task is a row.</summary>
    private readonly struct ProjectKernel<N>(float* points, float* normals, float* offsets, int values, float* moves) : IDoubleKernel
        where N : struct, INorm
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                float* t = points + first, w = normals + first, d = moves + first;
                var plane = new Plane<N>(t, w, values, Dot<L, D>(w, t, null, values) - offsets[row]);
                var lambda = plane.Solve<L, D>();
                var i = 0;
                for (; i <= values - L.Lanes; i += L.Lanes)
                    L.Narrow(d + i, plane.Move<L, D>(i, L.Broadcast(lambda), L.Broadcast(plane.Sign)));
                for (; i < values; i++)
                    d[i] = (float)plane.Move<DoublesScalar, double>(i, lambda, plane.Sign);
            }
        }
    }

    /// <summary>A task is a row.</summary>
    private readonly struct AdvanceKernel<N>(
        float* normals, float* differences, float* natural, int values, double alphaMax, double overshoot, float* points) : IDoubleKernel
        where N : struct, INorm
    {
        private const double LeastLength = 1e-8; // keeps the shares of two moves of no length apart from 0 / 0

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var first = (long)row * values;
                float* w = normals + first, x0 = natural + first, x1 = points + first;
                double difference = differences[row];
                var here = new Plane<N>(x1, w, values, difference);
                var there = new Plane<N>(x0, w, values, difference + Dot<L, D>(w, x0, x1, values));
                var (lambda1, lambda2) = (here.Solve<L, D>(), there.Solve<L, D>());
                var (length1, length2) = (AtLeast(here.Length<L, D>(lambda1)), AtLeast(there.Length<L, D>(lambda2)));
                var share = length1 / (length1 + length2);
                var alpha = alphaMax < share ? alphaMax : share;
                var i = 0;
                for (; i <= values - L.Lanes; i += L.Lanes)
                    L.Narrow(x1 + i, Blend<L, D>(here, there, x1, x0, i, lambda1, lambda2, alpha));
                for (; i < values; i++)
                    x1[i] = (float)Blend<DoublesScalar, double>(here, there, x1, x0, i, lambda1, lambda2, alpha);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static double AtLeast(double length) => length < LeastLength ? LeastLength : length; // NaN stays

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private D Blend<L, D>(
            in Plane<N> here, in Plane<N> there, float* x1, float* x0, int i, double lambda1, double lambda2, double alpha)
            where L : struct, IDoubleLanes<D>
            where D : unmanaged
        {
            D zero = L.Broadcast(0), one = L.Broadcast(1), eta = L.Broadcast(overshoot);
            var fromHere = L.FusedMultiplyAdd(eta, here.Move<L, D>(i, L.Broadcast(lambda1), L.Broadcast(here.Sign)), L.Widen(x1 + i));
            var fromThere = L.FusedMultiplyAdd(eta, there.Move<L, D>(i, L.Broadcast(lambda2), L.Broadcast(there.Sign)), L.Widen(x0 + i));
            var mixed = L.FusedMultiplyAdd(fromThere, L.Broadcast(alpha), L.Multiply(fromHere, L.Broadcast(1 - alpha)));
            mixed = L.SelectLess(mixed, zero, zero, mixed);
            return L.SelectLess(one, mixed, one, mixed);
        }
    }

    /// <summary>⟨w, a − b⟩, or ⟨w, a⟩ without b; partial sum j has the values j, j + 256, …</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot<L, D>(float* w, float* a, float* b, int values) where L : struct, IDoubleLanes<D> where D : unmanaged
    {
        var sums = stackalloc double[PartialSums.Count];
        for (var column = 0; column < PartialSums.Count; column += L.Lanes)
        {
            var sum = L.Broadcast(0);
            for (var i = column; i <= values - L.Lanes; i += PartialSums.Count)
                sum = L.FusedMultiplyAdd(L.Widen(w + i), b is null ? L.Widen(a + i) : L.Subtract(L.Widen(a + i), L.Widen(b + i)), sum);
            L.Store(sums + column, sum);
        }

        for (var i = values - values % L.Lanes; i < values; i++)
        {
            ref var sum = ref sums[i % PartialSums.Count];
            sum = Math.FusedMultiplyAdd(w[i], b is null ? a[i] : (double)a[i] - b[i], sum);
        }

        return PartialSums.Total<L, D>(sums);
    }
}
