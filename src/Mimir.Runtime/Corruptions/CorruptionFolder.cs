using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Corruptions;

/// <summary>A folder in the layout of CIFAR-10-C (Hendrycks and Dietterich 2019): <c>NAME.npy</c> for each corruption, u1 [5n, side, side, channels] with
/// severity s in rows (s − 1)·n to s·n, and <c>labels.npy</c>, [5n] or [n] integers.</summary>
public sealed class CorruptionFolder : CorruptedImages
{
    private const string LabelsName = "labels.npy";

    private readonly string _path;
    private readonly Dictionary<Corruption, NpyFile> _files = [];
    private readonly int _rows; // a severity
    private readonly int[] _chosen;
    private readonly int[] _labels;

    private CorruptionFolder(string path, ImageShape shape, IReadOnlyList<string> classNames, int? limit)
    {
        (_path, Shape, ClassNames) = (path, shape, classNames);
        var labels = ReadLabels();
        try
        {
            foreach (var corruption in CorruptionCatalog.All.Where(corruption => File.Exists(FileOf(path, corruption))))
                _files[corruption] = NpyFile.Open(FileOf(path, corruption));
            if (_files.Count == 0)
                throw new FileFormatException(path, $"holds no file of a corruption, such as {CorruptionCatalog.All[0]}.npy; give a folder in the layout of CIFAR-10-C");
            _rows = RowsOf(_files.Values.First()) / Corruption.Severities;
            foreach (var file in _files.Values)
                Check(file);
        }
        catch
        {
            Dispose();
            throw;
        }

        if (labels.Length != _rows && labels.Length != Corruption.Severities * _rows)
            throw new FileFormatException(LabelsPath, $"has {labels.Length} labels, expected {_rows} or {Corruption.Severities * _rows} for {_rows} images a severity");
        var first = labels.AsSpan(0, _rows).ToArray();
        if (labels.Length > _rows)
            RequireRepeated(labels);
        _chosen = limit is { } wanted ? ImageSet.Balanced(first, classNames.Count, wanted) : [.. Enumerable.Range(0, _rows)];
        _labels = Array.ConvertAll(_chosen, row => first[row]);
    }

    /// <inheritdoc/>
    public override string Source => _path;

    /// <inheritdoc/>
    public override ImageShape Shape { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => _labels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; }

    private string LabelsPath => Path.Combine(_path, LabelsName);

    /// <summary>Opens a folder and checks its files against each other.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="shape">What its images must be.</param>
    /// <param name="classNames">What its labels mean.</param>
    /// <param name="limit">Images to take, balanced over the classes; null takes all.</param>
    /// <exception cref="FileNotFoundException">It has no labels.</exception>
    /// <exception cref="FileFormatException">A file is damaged, foreign, or does not fit the others.</exception>
    public static CorruptionFolder Open(string path, ImageShape shape, IReadOnlyList<string> classNames, int? limit) => new(path, shape, classNames, limit);

    /// <summary>Requires that files can be added to a folder: those of other corruptions may be there, for the same images.</summary>
    /// <param name="folder">A folder, or where one can be made.</param>
    /// <param name="corruptions">What is to be added.</param>
    /// <param name="labels">Of one severity.</param>
    /// <exception cref="IOException">A file is there already, or the folder holds other images.</exception>
    public static void RequireRoom(string folder, IReadOnlyList<Corruption> corruptions, ReadOnlySpan<int> labels)
    {
        if (File.Exists(folder))
            throw new IOException($"--out {folder} is a file; give a folder");
        if (corruptions.FirstOrDefault(corruption => File.Exists(FileOf(folder, corruption))) is { } corruption)
            throw new IOException($"--out {folder} already holds {corruption}.npy; choose another folder, or leave {corruption} out of --corruptions");
        var path = Path.Combine(folder, LabelsName);
        if (!File.Exists(path))
            return;
        using var file = NpyFile.Open(path);
        if (!file.ReadIntegers().AsSpan().SequenceEqual(Repeated(labels)))
            throw new IOException($"--out {folder} holds the labels of other images; choose another folder");
    }

    /// <summary>Writes one corruption's file.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="corruption">The corruption.</param>
    /// <param name="severities">The images of severities 1 to 5, all of one shape and count.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string folder, Corruption corruption, IReadOnlyList<ImageSet> severities)
    {
        var shape = severities[0].Shape;
        var (plane, one) = (shape.Height * shape.Width, shape.Values);
        var pixels = new byte[severities.Sum(set => (long)set.Count * one)];
        var values = new float[one];
        var at = 0;
        foreach (var set in severities)
        {
            for (var image = 0; image < set.Count; image++, at += one)
            {
                set.CopyImage(image, values);
                for (var i = 0; i < one; i++)
                    pixels[at + i % plane * shape.Channels + i / plane] = (byte)MathF.Round(values[i] * byte.MaxValue);
            }
        }

        NpyFile.Write(FileOf(folder, corruption), [pixels.LongLength / one, shape.Height, shape.Width, shape.Channels], pixels);
    }

    /// <summary>Writes the labels' file: those of one severity, five times.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="labels">[n].</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteLabels(string folder, ReadOnlySpan<int> labels)
    {
        var all = Repeated(labels);
        NpyFile.Write(Path.Combine(folder, LabelsName), [all.LongLength], all);
    }

    /// <inheritdoc/>
    public override string? Obstacle(Corruption corruption) => _files.ContainsKey(corruption) ? null : $"{_path} has no {corruption}.npy";

    /// <inheritdoc/>
    internal override void Read(Corruption corruption, int severity, int image, Span<byte> pixels)
    {
        var row = new byte[Shape.Values];
        _files[corruption].Read(((long)(severity - 1) * _rows + _chosen[image]) * row.Length, row.AsSpan());
        var plane = Shape.Height * Shape.Width;
        for (var i = 0; i < row.Length; i++)
            pixels[i] = row[i % plane * Shape.Channels + i / plane];
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private static string FileOf(string folder, Corruption corruption) => Path.Combine(folder, $"{corruption}.npy");

    private static int RowsOf(NpyFile file) => file.Shape.Count > 0 ? (int)Math.Min(file.Shape[0], int.MaxValue) : 0;

    private static long[] Repeated(ReadOnlySpan<int> labels)
    {
        var all = new long[Corruption.Severities * labels.Length];
        for (var i = 0; i < all.Length; i++)
            all[i] = labels[i % labels.Length];
        return all;
    }

    private int[] ReadLabels()
    {
        if (File.Exists(_path))
            throw new FileFormatException(_path, "is a file; give a folder in the layout of CIFAR-10-C");
        using var file = NpyFile.Open(LabelsPath);
        var labels = file.ReadIntegers();
        foreach (var label in labels)
        {
            if (label < 0 || label >= ClassNames.Count)
                throw new FileFormatException(LabelsPath, $"has the label {label}, expected 0 to {ClassNames.Count - 1}");
        }

        return Array.ConvertAll(labels, label => (int)label);
    }

    private void RequireRepeated(int[] labels)
    {
        for (var i = _rows; i < labels.Length; i++)
        {
            if (labels[i] != labels[i % _rows])
                throw new FileFormatException(LabelsPath, $"has the label {labels[i]} in row {i} and {labels[i % _rows]} in row {i % _rows}, expected the same images in every severity");
        }
    }

    private void Check(NpyFile file)
    {
        var expected = $"u1 [{Corruption.Severities} x n, {Shape.Height}, {Shape.Width}, {Shape.Channels}]";
        if (file.Type != TensorType.U8 || file.Shape.Count != 4 || file.Shape[1] != Shape.Height || file.Shape[2] != Shape.Width || file.Shape[3] != Shape.Channels)
            throw new FileFormatException(file.Path, $"holds {file.Type} [{string.Join(", ", file.Shape)}], expected {expected}");
        if (RowsOf(file) == 0 || RowsOf(file) % Corruption.Severities != 0)
            throw new FileFormatException(file.Path, $"holds {RowsOf(file)} images, expected {expected}");
        if (RowsOf(file) != Corruption.Severities * _rows)
            throw new FileFormatException(file.Path, $"holds {RowsOf(file)} images and another file {Corruption.Severities * _rows}");
    }
}
