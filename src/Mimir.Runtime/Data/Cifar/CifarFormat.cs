using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Data;

/// <summary>The binary versions of CIFAR-10 and CIFAR-100: records of one label byte (CIFAR-10) or a coarse and a fine label byte
/// (CIFAR-100, of which the fine one is used), then 3072 pixel bytes [3, 32, 32].
/// Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; www.cs.toronto.edu/~kriz/cifar.html.</summary>
public sealed class CifarFormat : DataFormat
{
    private const int RecordsAtOnce = 256;

    private static readonly ImageShape s_shape = new(3, 32, 32);

    private readonly string[] _trainFiles;
    private readonly string _testFile;
    private readonly string _namesFile;
    private readonly string[] _classNames;
    private readonly int _labelBytes;

    private CifarFormat(string name, string[] trainFiles, string testFile, string namesFile, string[] classNames, int labelBytes)
    {
        Name = name;
        _trainFiles = trainFiles;
        _testFile = testFile;
        _namesFile = namesFile;
        _classNames = classNames;
        _labelBytes = labelBytes;
    }

    /// <summary>CIFAR-10. Training images are those of the <c>data_batch_N.bin</c> that exist, in order of N, so part of the five will do.</summary>
    public static CifarFormat Cifar10 { get; } = new(
        "cifar10",
        [.. Enumerable.Range(1, 5).Select(batch => $"data_batch_{batch}.bin")],
        "test_batch.bin",
        "batches.meta.txt",
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        labelBytes: 1);

    /// <summary>CIFAR-100 with its fine labels; their names are read from <c>fine_label_names.txt</c> where it exists.</summary>
    public static CifarFormat Cifar100 { get; } = new(
        "cifar100",
        ["train.bin"],
        "test.bin",
        "fine_label_names.txt",
        [.. Enumerable.Range(0, 100).Select(label => $"class {label}")],
        labelBytes: 2);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Wanted => $"a {Name.ToUpperInvariant().Replace("CIFAR", "CIFAR-")} binary folder ({_trainFiles[0]}, {_testFile})";

    private int RecordBytes => _labelBytes + s_shape.Values;

    /// <inheritdoc/>
    public override bool Recognises(string path) => _trainFiles.Append(_testFile).Any(file => File.Exists(Path.Combine(path, file)));

    /// <inheritdoc/>
    public override AugmentationPlan TrainingAugmentation(ImageShape shape) => AugmentationPlan.CropAndFlip(padding: 4);

    /// <inheritdoc/>
    public override ImageSet Load(string path, DataSplit split)
    {
        DataFormats.RequireFolder(path);
        var wanted = split == DataSplit.Train ? _trainFiles : [_testFile];
        var files = wanted.Where(file => File.Exists(Path.Combine(path, file))).ToArray();
        if (files.Length == 0)
            throw Missing(path, wanted.Length == 1 ? wanted[0] : $"{wanted[0]} to {wanted[^1]}");

        var records = Array.ConvertAll(files, file => Records(Path.Combine(path, file)));
        var pixels = new byte[records.Sum() * s_shape.Values];
        var labels = new int[records.Sum()];
        var first = 0;
        for (var i = 0; i < files.Length; first += records[i++])
            Read(Path.Combine(path, files[i]), records[i], pixels.AsSpan(first * s_shape.Values), labels.AsSpan(first, records[i]));
        return ImageSet.FromBytes(Name, $"{path} ({string.Join(", ", files)})", s_shape, pixels, byte.MaxValue, labels, ClassNames(path));
    }

    private int Records(string file)
    {
        var bytes = new FileInfo(file).Length;
        if (bytes == 0)
            throw new FileFormatException(file, $"is empty, expected records of {RecordBytes} bytes");
        if (bytes % RecordBytes != 0)
        {
            throw new FileFormatException(
                file, $"has {bytes} bytes, expected a multiple of {RecordBytes} ({_labelBytes} for the label, {s_shape.Values} pixels): it is truncated in record {bytes / RecordBytes}");
        }

        return (int)(bytes / RecordBytes);
    }

    private void Read(string file, int records, Span<byte> pixels, Span<int> labels)
    {
        using var handle = InputFile.Open(file);
        var block = new byte[RecordsAtOnce * RecordBytes];
        for (var first = 0; first < records; first += RecordsAtOnce)
        {
            var part = block.AsSpan(0, Math.Min(RecordsAtOnce, records - first) * RecordBytes);
            InputFile.ReadExactly(handle, file, (long)first * RecordBytes, part);
            for (var record = first; !part.IsEmpty; record++, part = part[RecordBytes..])
            {
                int label = part[_labelBytes - 1];
                if (label >= _classNames.Length)
                    throw new FileFormatException(file, $"record {record} has label {label}, expected 0..{_classNames.Length - 1}");
                labels[record] = label;
                part[_labelBytes..RecordBytes].CopyTo(pixels[(record * s_shape.Values)..]);
            }
        }
    }

    private string[] ClassNames(string path)
    {
        var file = Path.Combine(path, _namesFile);
        if (!File.Exists(file))
            return _classNames;
        var names = File.ReadLines(file).Where(line => line.Length > 0).Select(line => line.Trim()).ToArray();
        return names.Length == _classNames.Length
            ? names
            : throw new FileFormatException(file, $"has {names.Length} class names, expected {_classNames.Length}");
    }
}
