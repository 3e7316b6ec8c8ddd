namespace Mimir.Kernels.Tests;

/// <summary>The proposals of the Square attack as the public code writes them down, in float64: whole arrays, masks and slices.</summary>
internal sealed class SquareReference(int channels, int height, int width, double epsilon)
{
    public double[] Stripes(double[] x, float[] signs) =>
        [.. x.Select((value, i) => Clip(value + epsilon * signs[i / (height * width) * width + i % width]))];

    public double[] Linf(double[] x, double[] best, int[] window, float[] signs) =>
    [
        .. x.Select((value, i) =>
        {
            var move = IsInside(i, window[0], window[1], window[2]) ? 2 * epsilon * signs[i / (height * width)] : 0;
            return Clip(Math.Clamp(best[i] + move, value - epsilon, value + epsilon));
        }),
    ];

    public double[] Tiles(double[] x, float[] signs, int[] transposed)
    {
        var delta = new double[x.Length];
        var s = height / 5;
        var margin = (height - 5 * s) / 2;
        var (down, across) = (height / s, width / s);
        for (var tile = 0; tile < down * across; tile++)
        {
            var eta = Bump(s, transposed[tile] != 0);
            for (var c = 0; c < channels; c++)
            for (var i = 0; i < s; i++)
            for (var j = 0; j < s; j++)
            {
                var (y, column) = (margin + tile / across * s + i, margin + tile % across * s + j);
                if (y < height && column < width)
                    delta[(c * height + y) * width + column] = eta[i, j] * signs[c * down * across + tile];
            }
        }

        return Normalised(x, delta);
    }

    public double[] L2(double[] x, double[] best, int[] window, float[] signs)
    {
        var (s, top, left) = (window[0], window[1], window[2]);
        var delta = best.Zip(x, (b, a) => b - a).ToArray();
        var eta = Bump(s, window[5] != 0);
        var image = Norm(delta);
        var result = (double[])delta.Clone();
        for (var c = 0; c < channels; c++)
        {
            var plane = Enumerable.Range(c * height * width, height * width).ToArray();
            var norm1 = Norm(plane.Where(i => IsInside(i, s, top, left)).Select(i => delta[i]));
            var union = Norm(plane.Where(i => IsInside(i, s, top, left) || IsInside(i, s, window[3], window[4])).Select(i => delta[i]));
            int At(int i, int j) => (c * height + top + i) * width + left + j;
            var v = new double[s, s];
            for (var i = 0; i < s; i++)
            for (var j = 0; j < s; j++)
                v[i, j] = eta[i, j] * signs[c] + delta[At(i, j)] / (1e-12 + norm1);
            var length = Norm(v.Cast<double>());
            foreach (var i in plane.Where(i => IsInside(i, s, window[3], window[4])))
                result[i] = 0;
            for (var i = 0; i < s; i++)
            for (var j = 0; j < s; j++)
                result[At(i, j)] = v[i, j] / (1e-12 + length) * Math.Sqrt(Math.Max(epsilon * epsilon - image * image, 0) / channels + union * union);
        }

        return Normalised(x, result);
    }

    private double[] Normalised(double[] x, double[] delta)
    {
        var norm = Norm(delta) + 1e-12;
        return [.. x.Zip(delta, (value, d) => Clip(value + d / norm * epsilon))];
    }

    private static double[,] Bump(int s, bool isTransposed)
    {
        var eta = new double[s, s];
        var (upper, lower) = (Rectangles(s / 2, s), Rectangles(s - s / 2, s));
        for (var i = 0; i < s; i++)
        for (var j = 0; j < s; j++)
            eta[i, j] = i < s / 2 ? upper[i, j] : -lower[i - s / 2, j];
        var norm = Norm(eta.Cast<double>());
        var result = new double[s, s];
        for (var i = 0; i < s; i++)
        for (var j = 0; j < s; j++)
            result[i, j] = (isTransposed ? eta[j, i] : eta[i, j]) / norm;
        return result;
    }

    private static double[,] Rectangles(int x, int y)
    {
        var delta = new double[x, y];
        var (centreX, centreY) = (x / 2 + 1, y / 2 + 1);
        var (cornerX, cornerY) = (centreX - 1, centreY - 1);
        for (var counter = 0; counter < Math.Max(centreX, centreY); counter++, cornerX--, cornerY--)
        for (var i = Math.Max(cornerX, 0); i < Math.Min(cornerX + 2 * counter + 1, x); i++)
        for (var j = Math.Max(cornerY, 0); j < Math.Min(cornerY + 2 * counter + 1, y); j++)
            delta[i, j] += 1.0 / ((counter + 1) * (counter + 1));
        var norm = Norm(delta.Cast<double>());
        for (var i = 0; i < x; i++)
        for (var j = 0; j < y; j++)
            delta[i, j] /= norm;
        return delta;
    }

    private bool IsInside(int i, int side, int top, int left)
    {
        var (y, x) = (i / width % height, i % width);
        return y >= top && y < top + side && x >= left && x < left + side;
    }

    private static double Clip(double value) => Math.Clamp(value, 0, 1);

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(v => v * v));
}
