using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class SquareStep
{
    private static void TilesOnHost(
        HostDevice host, DeviceSpan<float> natural, DeviceSpan<float> signs, DeviceSpan<int> transposed, Shape shape, float epsilon,
        DeviceSpan<float> points) =>
        host.ForDoubles(shape.Rows, new TilesKernel(natural.Host, signs.Host, transposed.Host, shape, epsilon, points.Host));

    /// <summary>A task is an image. Once an image and 5000 proposals, so pixel by pixel: first the norm, then the result.</summary>
    private readonly struct TilesKernel(float* natural, float* signs, int* transposed, Shape shape, float epsilon, float* points) : IDoubleKernel
    {
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var (_, channels, height, width) = shape;
            var side = height / TilesAcross;
            var tiles = TilesOf(height, width);
            var profile = new BumpProfile(side, LaneScratch.Floats(ScratchSlot.SquareBump, BumpProfile.TableLength(side)));
            var sums = stackalloc double[PartialSums.Count];
            for (var row = from; row < to; row++)
            {
                new Span<double>(sums, PartialSums.Count).Clear();
                for (var x = 0; x < width; x++)
                for (var y = 0; y < height; y++)
                {
                    double bump = Bump(profile, side, row, y, x, out _);
                    sums[y % SumRows * SumColumns + x % SumColumns] += bump * bump;
                }

                var scale = epsilon / (Math.Sqrt(PartialSums.Total<L, D>(sums) * channels) + Tiny);
                for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                {
                    double bump = Bump(profile, side, row, y, x, out var tile);
                    for (var c = 0; c < channels; c++)
                    {
                        var plane = (long)row * channels + c;
                        var at = plane * shape.Plane + (long)y * width + x;
                        var sign = tile < 0 ? 0 : signs[plane * tiles + tile];
                        points[at] = (float)Clip<DoublesScalar, double>(Math.FusedMultiplyAdd(scale, bump * sign, natural[at]));
                    }
                }
            }
        }

        /// <summary>The bump at a pixel and the tile that it belongs to; 0 and −1 in the margin.</summary>
        private float Bump(in BumpProfile profile, int side, int row, int y, int x, out int tile)
        {
            var (_, _, height, width) = shape;
            var margin = (height - TilesAcross * side) / 2;
            var (down, across) = (y - margin, x - margin);
            tile = -1;
            if (down < 0 || across < 0 || down / side >= height / side || across / side >= width / side)
                return 0;
            tile = down / side * (width / side) + across / side;
            var (i, j) = (down % side, across % side);
            return transposed[(long)row * (height / side * (width / side)) + tile] != 0 ? profile[j, i] : profile[i, j];
        }
    }
}
