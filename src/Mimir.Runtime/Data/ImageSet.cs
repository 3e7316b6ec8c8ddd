using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Data;

/// <summary>Labelled images of one size in memory, as bytes where the source has bytes. Reading is thread-safe.</summary>
public sealed class ImageSet
{
    private readonly byte[]? _bytes;
    private readonly float[]? _floats;
    private readonly float[] _levels;
    private readonly int[] _labels;

    private ImageSet(string name, string source, ImageShape shape, byte[]? bytes, float[]? floats, float[] levels, int[] labels, IReadOnlyList<string> classNames)
    {
        Name = name;
        Source = source;
        Shape = shape;
        _bytes = bytes;
        _floats = floats;
        _levels = levels;
        _labels = labels;
        ClassNames = classNames;
    }

    /// <summary>The name of its format, such as <c>cifar10</c>.</summary>
    public string Name { get; }

    /// <summary>Where the images come from, for a person to read.</summary>
    public string Source { get; }

    /// <summary>The size of every image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>Number of classes; labels lie in [0, Classes).</summary>
    public int Classes => ClassNames.Count;

    /// <summary>What the labels mean.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>All labels, in the order of the images.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Reads a data set.</summary>
    /// <param name="path">A folder, or the name of a set inside the tool, which wins over a folder of that name (write <c>./digits</c> for the folder).</param>
    /// <param name="split">Training or test images.</param>
    /// <param name="format">Its format; null recognises it.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileFormatException">The folder holds no known data, or a file in it is truncated, foreign, or has values out of range.</exception>
    public static ImageSet Load(string path, DataSplit split, DataFormat? format = null) =>
        (format ?? DataFormats.Recognise(path)).Load(path, split);

    /// <summary>Images of 8-bit pixels; the arrays are kept, not copied.</summary>
    /// <param name="name">The format's name.</param>
    /// <param name="source">Where the images come from.</param>
    /// <param name="shape">The size of one image.</param>
    /// <param name="pixels">[count, channels, height, width].</param>
    /// <param name="white">The pixel that stands for 1: image values are pixel / white, in float32.</param>
    /// <param name="labels">[count], in [0, number of class names).</param>
    /// <param name="classNames">What the labels mean.</param>
    /// <exception cref="ArgumentException">Sizes, pixels or labels do not fit together.</exception>
    public static ImageSet FromBytes(string name, string source, ImageShape shape, byte[] pixels, int white, int[] labels, IReadOnlyList<string> classNames)
    {
        Check(shape, pixels.LongLength, labels, classNames);
        if (white is < 1 or > byte.MaxValue || (white < byte.MaxValue && pixels.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)white)))
            throw new ArgumentException($"pixels must lie in 0..{white}", nameof(pixels));
        var levels = new float[byte.MaxValue + 1];
        for (var level = 0; level < levels.Length; level++)
            levels[level] = (float)level / white;
        return new ImageSet(name, source, shape, pixels, null, levels, labels, classNames);
    }

    /// <summary>Images of float pixels; the arrays are kept, not copied.</summary>
    /// <param name="name">The format's name.</param>
    /// <param name="source">Where the images come from.</param>
    /// <param name="shape">The size of one image.</param>
    /// <param name="pixels">[count, channels, height, width], in [0, 1].</param>
    /// <param name="labels">[count], in [0, number of class names).</param>
    /// <param name="classNames">What the labels mean.</param>
    /// <exception cref="ArgumentException">Sizes, pixels or labels do not fit together.</exception>
    public static ImageSet FromFloats(string name, string source, ImageShape shape, float[] pixels, int[] labels, IReadOnlyList<string> classNames)
    {
        Check(shape, pixels.LongLength, labels, classNames);
        foreach (var pixel in pixels)
        {
            if (!(pixel >= 0 && pixel <= 1))
                throw new ArgumentException($"pixel {pixel} does not lie in [0, 1]", nameof(pixels));
        }

        return new ImageSet(name, source, shape, null, pixels, [], labels, classNames);
    }

    /// <summary>Copies one image, as float32 in [0, 1], [channels, height, width].</summary>
    /// <param name="index">Its number.</param>
    /// <param name="destination"><see cref="ImageShape.Values"/> elements; overwritten.</param>
    public void CopyImage(int index, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var values = Shape.Values;
        if (destination.Length != values)
            throw new ArgumentException($"an image of {Shape} does not fill {destination.Length} elements", nameof(destination));
        if (_floats is not null)
        {
            _floats.AsSpan(index * values, values).CopyTo(destination);
            return;
        }

        var pixels = _bytes.AsSpan(index * values, values);
        var levels = _levels;
        for (var i = 0; i < pixels.Length; i++)
            destination[i] = levels[pixels[i]];
    }

    /// <summary>A class-balanced part: images are chosen in rounds, each round the next image of every class in the order of this
    /// set (classes by number), until <paramref name="count"/> are chosen. They keep their order. Classes that run out are passed over.</summary>
    /// <param name="count">Images wanted, from 1; from <see cref="Count"/> on the whole set is returned.</param>
    public ImageSet Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (count >= Count)
            return this;

        var chosen = Balanced(_labels, Classes, count);
        return Subset(chosen, $"{Source}, {count} of {Count} images");
    }

    /// <summary>The numbers that <see cref="Take"/> chooses, in rising order.</summary>
    /// <param name="labels">The images' classes, in [0, classes).</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="count">Images wanted, from 1; from as many as there are on all are chosen.</param>
    internal static int[] Balanced(int[] labels, int classes, int count)
    {
        var seen = new int[classes];
        var round = Array.ConvertAll(labels, label => seen[label]++);
        return [.. Enumerable.Range(0, labels.Length).OrderBy(i => round[i]).ThenBy(i => labels[i]).Take(count).Order()];
    }

    /// <summary>The images of given numbers, in that order.</summary>
    internal ImageSet Subset(int[] indices, string source)
    {
        var values = Shape.Values;
        var bytes = _bytes is null ? null : new byte[indices.Length * values];
        var floats = _floats is null ? null : new float[indices.Length * values];
        for (var i = 0; i < indices.Length; i++)
        {
            _bytes?.AsSpan(indices[i] * values, values).CopyTo(bytes.AsSpan(i * values));
            _floats?.AsSpan(indices[i] * values, values).CopyTo(floats.AsSpan(i * values));
        }

        return new ImageSet(Name, source, Shape, bytes, floats, _levels, Array.ConvertAll(indices, i => _labels[i]), ClassNames);
    }

    private static void Check(ImageShape shape, long pixels, int[] labels, IReadOnlyList<string> classNames)
    {
        if (shape is not { Channels: > 0, Height: > 0, Width: > 0 } || pixels != (long)shape.Values * labels.Length)
            throw new ArgumentException($"{pixels} pixels are not {labels.Length} images of {shape}", nameof(pixels));
        if (labels.Length == 0)
            throw new ArgumentException("there are no images", nameof(labels));
        foreach (var label in labels)
        {
            if ((uint)label >= (uint)classNames.Count)
                throw new ArgumentException($"label {label} does not lie in 0..{classNames.Count - 1}", nameof(labels));
        }
    }
}
