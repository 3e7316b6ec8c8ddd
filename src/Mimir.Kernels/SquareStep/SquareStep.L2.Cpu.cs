using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class SquareStep
{
    private const double Tiny = 1e-12; // keeps a norm of zero from dividing by zero

    // Partial sum 32·j + i has the pixels of the rows j, j + 8, … and the columns i, i + 32, …, column by column: on a GPU a warp reads along rows.
    private const int SumRows = 8;
    private const int SumColumns = PartialSums.Count / SumRows;

    private static ReadOnlySpan<double> LaneNumbers => [0, 1, 2, 3, 4, 5, 6, 7];

    private static void L2OnHost(
        HostDevice host, string entry, DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs,
        Shape shape, float epsilon, DeviceSpan<float> candidates)
    {
        for (var row = 0; row < shape.Rows; row++)
        {
            var window = windows.Host + 6 * row;
            RequireInside(entry, row, window, window + 1, shape);
            RequireInside(entry, row, window, window + 3, shape);
        }

        host.ForDoubles(shape.Rows, new L2Kernel(natural.Host, best.Host, windows.Host, signs.Host, shape, epsilon, candidates.Host));
    }

    /// <summary>The two windows of an image, as the caller gives them.</summary>
    private readonly struct WindowPair(int* numbers)
    {
        public readonly int Side = numbers[0];
        public readonly int Top1 = numbers[1];
        public readonly int Left1 = numbers[2];
        public readonly int Top2 = numbers[3];
        public readonly int Left2 = numbers[4];
        public readonly bool IsTransposed = numbers[5] != 0;

        public bool IsInRows1(int y) => (uint)(y - Top1) < (uint)Side;

        public bool IsInRows2(int y) => (uint)(y - Top2) < (uint)Side;
    }

    /// <summary>What a channel's new window is made of.</summary>
    private struct Channel
    {
        public double OldScale; // 1 / (1e-12 + n1)
        public double Union; // n_u squared
        public double NewScale; // brings v to its length
    }

    /// <summary>A task is an image: norms of all channels, then lengths of the new windows, then the result.</summary>
    private readonly struct L2Kernel(float* natural, float* best, int* windows, float* signs, Shape shape, float epsilon, float* candidates)
        : IDoubleKernel
    {
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            for (var row = from; row < to; row++)
                Image<L, D>(row);
        }

        private void Image<L, D>(int row) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var (_, count, height, width) = shape;
            var window = new WindowPair(windows + 6 * row);
            var channelFloats = count * sizeof(Channel) / sizeof(float);
            var scratch = LaneScratch.Floats(
                ScratchSlot.SquareBump, channelFloats + BumpProfile.TableLength(window.Side) + (long)window.Side * window.Side);
            var channels = (Channel*)scratch;
            var table = scratch + channelFloats;
            var bump = table + BumpProfile.TableLength(window.Side);
            Spread(new BumpProfile(window.Side, table), window, bump);

            var sums = stackalloc double[3 * PartialSums.Count];
            double inside = 0, outside = 0;
            for (var c = 0; c < count; c++)
            {
                Norms<L, D>(Plane(row, c), window, sums);
                var first = PartialSums.Total<L, D>(sums);
                var union = first + PartialSums.Total<L, D>(sums + PartialSums.Count);
                inside += union;
                outside += PartialSums.Total<L, D>(sums + 2 * PartialSums.Count);
                channels[c] = new Channel { OldScale = 1 / (Tiny + Math.Sqrt(first)), Union = union };
            }

            var room = (double)epsilon * epsilon - (inside + outside);
            room = (room > 0 ? room : 0) / count;
            var squares = outside;
            for (var c = 0; c < count; c++)
            {
                SquaredLengths<L, D>(Plane(row, c), window, bump, signs[(long)row * count + c], channels[c].OldScale, sums);
                var length = Math.Sqrt(PartialSums.Total<L, D>(sums));
                channels[c].NewScale = Math.Sqrt(room + channels[c].Union) / (Tiny + length);
                squares += channels[c].NewScale * length * (channels[c].NewScale * length);
            }

            var scale = epsilon / (Math.Sqrt(squares) + Tiny);
            for (var c = 0; c < count; c++)
            for (var y = 0; y < height; y++)
            {
                var line = Plane(row, c) + (long)y * width;
                if (!window.IsInRows1(y))
                {
                    Old<L, D>(line, window, y, 0, width, scale);
                    continue;
                }

                Old<L, D>(line, window, y, 0, window.Left1, scale);
                New<L, D>(
                    line + window.Left1, bump + (y - window.Top1) * window.Side, window.Side, signs[(long)row * count + c], channels[c], scale);
                Old<L, D>(line, window, y, window.Left1 + window.Side, width, scale);
            }
        }

        private long Plane(int row, int channel) => ((long)row * shape.Channels + channel) * shape.Plane;

        private static void Spread(BumpProfile profile, WindowPair window, float* bump)
        {
            for (var i = 0; i < window.Side; i++)
            for (var j = 0; j < window.Side; j++)
                bump[i * window.Side + j] = window.IsTransposed ? profile[j, i] : profile[i, j];
        }

        /// <summary>Partial sums of δ² in W₁, in the rest of W₂, and outside both.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Norms<L, D>(long plane, WindowPair window, double* sums) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var (_, _, height, width) = shape;
            var numbers = (double*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(LaneNumbers)); // constant data, which never moves
            double* first = sums, second = sums + PartialSums.Count, rest = second + PartialSums.Count;
            for (var j = 0; j < SumRows; j++)
            for (var i = 0; i < SumColumns; i += L.Lanes)
            {
                D s1 = L.Broadcast(0), s2 = L.Broadcast(0), s3 = L.Broadcast(0);
                for (var x = i; x <= width - L.Lanes; x += SumColumns)
                {
                    var columns = L.Add(L.Broadcast(x), L.Load(numbers));
                    for (var y = j; y < height; y += SumRows)
                        Add<L, D>(plane + (long)y * width + x, y, columns, window, ref s1, ref s2, ref s3);
                }

                var at = j * SumColumns + i;
                L.Store(first + at, s1);
                L.Store(second + at, s2);
                L.Store(rest + at, s3);
            }

            for (var x = width - width % L.Lanes; x < width; x++)
            for (var y = 0; y < height; y++)
            {
                var at = y % SumRows * SumColumns + x % SumColumns;
                Add<DoublesScalar, double>(plane + (long)y * width + x, y, x, window, ref first[at], ref second[at], ref rest[at]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Add<L, D>(long at, int y, D columns, in WindowPair window, ref D first, ref D second, ref D rest)
            where L : struct, IDoubleLanes<D>
            where D : unmanaged
        {
            var delta = Delta<L, D>(at);
            var square = L.Multiply(delta, delta);
            if (window.IsInRows1(y))
            {
                var inside = Within<L, D>(columns, window.Left1, window.Side, square);
                first = L.Add(first, inside);
                square = L.Subtract(square, inside);
            }

            if (window.IsInRows2(y))
            {
                var inside = Within<L, D>(columns, window.Left2, window.Side, square);
                second = L.Add(second, inside);
                square = L.Subtract(square, inside);
            }

            rest = L.Add(rest, square);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static D Within<L, D>(D columns, int left, int side, D value) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var zero = L.Broadcast(0);
            return L.SelectLess(columns, L.Broadcast(left), zero, L.SelectLess(columns, L.Broadcast(left + side), value, zero));
        }

        /// <summary>Partial sums of v² before it has its length; rows and columns count from the window's corner.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void SquaredLengths<L, D>(long plane, WindowPair window, float* bump, double sign, double oldScale, double* sums)
            where L : struct, IDoubleLanes<D>
            where D : unmanaged
        {
            var side = window.Side;
            var corner = plane + (long)window.Top1 * shape.Width + window.Left1;
            for (var j = 0; j < SumRows; j++)
            for (var i = 0; i < SumColumns; i += L.Lanes)
            {
                var sum = L.Broadcast(0);
                for (var x = i; x <= side - L.Lanes; x += SumColumns)
                for (var y = j; y < side; y += SumRows)
                {
                    var v = Fresh<L, D>(corner + (long)y * shape.Width + x, bump + y * side + x, L.Broadcast(sign), L.Broadcast(oldScale));
                    sum = L.FusedMultiplyAdd(v, v, sum);
                }

                L.Store(sums + j * SumColumns + i, sum);
            }

            for (var x = side - side % L.Lanes; x < side; x++)
            for (var y = 0; y < side; y++)
            {
                var v = Fresh<DoublesScalar, double>(corner + (long)y * shape.Width + x, bump + y * side + x, sign, oldScale);
                ref var sum = ref sums[y % SumRows * SumColumns + x % SumColumns];
                sum = Math.FusedMultiplyAdd(v, v, sum);
            }
        }

        /// <summary>The part of a row outside W₁: δ scaled, or zero in W₂.</summary>
        private void Old<L, D>(long line, in WindowPair window, int y, int from, int to, double scale)
            where L : struct, IDoubleLanes<D>
            where D : unmanaged
        {
            var (left, right) = window.IsInRows2(y)
                ? (Math.Clamp(window.Left2, from, to), Math.Clamp(window.Left2 + window.Side, from, to))
                : (to, to);
            Piece<L, D>(line + from, line + left, scale);
            Piece<L, D>(line + left, line + right, 0);
            Piece<L, D>(line + right, line + to, scale);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Piece<L, D>(long from, long to, double scale) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var at = from;
            for (; at <= to - L.Lanes; at += L.Lanes)
                L.Narrow(candidates + at, Placed<L, D>(at, Delta<L, D>(at), L.Broadcast(scale)));
            for (; at < to; at++)
                candidates[at] = (float)Placed<DoublesScalar, double>(at, Delta<DoublesScalar, double>(at), scale);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void New<L, D>(long from, float* bump, int count, double sign, Channel channel, double scale)
            where L : struct, IDoubleLanes<D>
            where D : unmanaged
        {
            var i = 0;
            for (; i <= count - L.Lanes; i += L.Lanes)
            {
                var v = Fresh<L, D>(from + i, bump + i, L.Broadcast(sign), L.Broadcast(channel.OldScale));
                L.Narrow(candidates + from + i, Placed<L, D>(from + i, L.Multiply(v, L.Broadcast(channel.NewScale)), L.Broadcast(scale)));
            }

            for (; i < count; i++)
            {
                var v = Fresh<DoublesScalar, double>(from + i, bump + i, sign, channel.OldScale);
                candidates[from + i] = (float)Placed<DoublesScalar, double>(from + i, v * channel.NewScale, scale);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private D Delta<L, D>(long at) where L : struct, IDoubleLanes<D> where D : unmanaged => L.Subtract(L.Widen(best + at), L.Widen(natural + at));

        /// <summary>v before it has its length.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private D Fresh<L, D>(long at, float* bump, D sign, D oldScale) where L : struct, IDoubleLanes<D> where D : unmanaged =>
            L.FusedMultiplyAdd(sign, L.Widen(bump), L.Multiply(Delta<L, D>(at), oldScale));

        /// <summary>clip(x + scale·δ, 0, 1).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private D Placed<L, D>(long at, D delta, D scale) where L : struct, IDoubleLanes<D> where D : unmanaged =>
            Clip<L, D>(L.FusedMultiplyAdd(scale, delta, L.Widen(natural + at)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static D Clip<L, D>(D value) where L : struct, IDoubleLanes<D> where D : unmanaged
    {
        D zero = L.Broadcast(0), one = L.Broadcast(1);
        return L.SelectLess(one, value, one, L.SelectLess(value, zero, zero, value));
    }
}
