using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Mimir.Runtime.Data.Augmentation;

/// <summary>Resizes with the cubic filter of a = −1/2 (Keys 1981), stretched by the factor of reduction where the image gets smaller, so that
/// nothing aliases; pixel centres lie at i + 1/2, and weights beyond the border are dropped and the rest scaled to a sum of 1. These are
/// the conventions of Pillow and of PyTorch's <c>interpolate(mode="bicubic", antialias=True)</c>. Overshoot is clipped to [0, 1].</summary>
public static class BicubicResize
{
    private const double Sharpness = -0.5; // a of the cubic filter
    private const double Reach = 2; // the filter is zero from here on

    /// <summary>Resizes a window of an image; pixels outside the window have no influence.</summary>
    /// <param name="source">[channels, height, width].</param>
    /// <param name="shape">Its size.</param>
    /// <param name="window">The part to take.</param>
    /// <param name="destination">The result; overwritten.</param>
    /// <param name="output">Its size, with as many channels.</param>
    public static void Run(ReadOnlySpan<float> source, ImageShape shape, Window window, Span<float> destination, ImageShape output)
    {
        if (source.Length != shape.Values || destination.Length != output.Values || shape.Channels != output.Channels)
            throw new ArgumentException($"{source.Length} and {destination.Length} values do not fit {shape} and {output}", nameof(destination));
        if (window.Row < 0 || window.Column < 0 || window.Height < 1 || window.Width < 1
            || window.Row + window.Height > shape.Height || window.Column + window.Width > shape.Width)
        {
            throw new ArgumentOutOfRangeException(nameof(window), $"{window} leaves an image of {shape}");
        }

        var columns = new Taps(window.Width, output.Width);
        var rows = new Taps(window.Height, output.Height);
        var narrow = ArrayPool<float>.Shared.Rent(window.Height * output.Width);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var row = 0; row < window.Height; row++)
            {
                var from = (channel * shape.Height + window.Row + row) * shape.Width + window.Column;
                Narrow(source.Slice(from, window.Width), columns, narrow.AsSpan(row * output.Width, output.Width));
            }

            for (var row = 0; row < output.Height; row++)
                Lower(narrow, rows, row, destination.Slice((channel * output.Height + row) * output.Width, output.Width));
        }

        ArrayPool<float>.Shared.Return(narrow);
        rows.Return();
        columns.Return();
    }

    private static void Narrow(ReadOnlySpan<float> line, Taps taps, Span<float> result)
    {
        for (var i = 0; i < result.Length; i++)
        {
            var weights = taps.Weights(i);
            var values = line.Slice(taps.First(i), weights.Length);
            var sum = 0f;
            for (var j = 0; j < weights.Length; j++)
                sum += weights[j] * values[j];
            result[i] = sum;
        }
    }

    private static void Lower(ReadOnlySpan<float> lines, Taps taps, int row, Span<float> result)
    {
        var weights = taps.Weights(row);
        var first = taps.First(row) * result.Length;
        result.Clear();
        for (var j = 0; j < weights.Length; j++)
            AddScaled(lines.Slice(first + j * result.Length, result.Length), weights[j], result);
        for (var i = 0; i < result.Length; i++)
            result[i] = Math.Clamp(result[i], 0f, 1f);
    }

    private static void AddScaled(ReadOnlySpan<float> line, float weight, Span<float> result)
    {
        var lines = MemoryMarshal.Cast<float, Vector<float>>(line);
        var results = MemoryMarshal.Cast<float, Vector<float>>(result);
        for (var i = 0; i < results.Length; i++)
            results[i] += weight * lines[i];
        for (var i = results.Length * Vector<float>.Count; i < result.Length; i++)
            result[i] += weight * line[i];
    }

    /// <summary>For every output position the input positions that it sees, and their weights.</summary>
    private readonly struct Taps
    {
        private readonly int[] _ranges; // first and count of every output position
        private readonly float[] _weights; // _most of every output position
        private readonly int _most;

        public Taps(int input, int output)
        {
            var scale = (double)input / output;
            var stretch = Math.Max(1, scale);
            _most = (int)Math.Ceiling(Reach * stretch) * 2 + 1;
            _ranges = ArrayPool<int>.Shared.Rent(2 * output);
            _weights = ArrayPool<float>.Shared.Rent(_most * output);
            for (var i = 0; i < output; i++)
            {
                var centre = scale * (i + 0.5);
                var first = Math.Max(0, (int)(centre - Reach * stretch + 0.5));
                var count = Math.Min(input, (int)(centre + Reach * stretch + 0.5)) - first;
                var weights = _weights.AsSpan(i * _most, count);
                var sum = 0.0;
                for (var j = 0; j < count; j++)
                    sum += Filter((first + j - centre + 0.5) / stretch);
                for (var j = 0; j < count; j++)
                    weights[j] = (float)(Filter((first + j - centre + 0.5) / stretch) / sum);
                (_ranges[2 * i], _ranges[2 * i + 1]) = (first, count);
            }
        }

        public int First(int position) => _ranges[2 * position];

        public ReadOnlySpan<float> Weights(int position) => _weights.AsSpan(position * _most, _ranges[2 * position + 1]);

        public void Return()
        {
            ArrayPool<int>.Shared.Return(_ranges);
            ArrayPool<float>.Shared.Return(_weights);
        }

        private static double Filter(double distance)
        {
            var x = Math.Abs(distance);
            return x < 1 ? ((Sharpness + 2) * x - (Sharpness + 3)) * x * x + 1
                : x < Reach ? (((x - 5) * x + 8) * x - 4) * Sharpness
                : 0;
        }
    }
}
