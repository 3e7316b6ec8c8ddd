using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Data;

/// <summary>A folder of NumPy arrays: <c>train_images.npy</c>, <c>train_labels.npy</c>, <c>test_images.npy</c>, <c>test_labels.npy</c>,
/// or one pair <c>images.npy</c>, <c>labels.npy</c>, which then serves as training and as test images (the set's
/// <see cref="ImageSet.Source"/> names the files). Images are u1 in 0..255 or f4/f8 in [0, 1], [N,C,H,W], [N,H,W,C] (where C is 1 or 3 and
/// axis 1 is neither) or [N,H,W]; labels are i4, i8 or u1 [N] from 0. The number of classes is the largest label of both splits plus 1.</summary>
public sealed class NpyFormat : DataFormat
{
    private const int MostClasses = 1 << 16;
    private const int ElementsAtOnce = 1 << 18;

    /// <inheritdoc/>
    public override string Name => "npy";

    /// <inheritdoc/>
    public override string Wanted => "a folder with images.npy and labels.npy (or train_images.npy …)";

    /// <inheritdoc/>
    public override bool Recognises(string path) => Directory.Exists(path) && Directory.EnumerateFiles(path, "*.npy").Any();

    /// <summary>A crop with an eighth of padding, as for CIFAR, and no flip, since it is not known whether a mirrored image keeps its class.</summary>
    public override AugmentationPlan TrainingAugmentation(ImageShape shape) => AugmentationPlan.Crop(Math.Max(1, Math.Min(shape.Height, shape.Width) / 8));

    /// <inheritdoc/>
    public override ImageSet Load(string path, DataSplit split)
    {
        DataFormats.RequireFolder(path);
        var prefix = split == DataSplit.Train ? "train_" : "test_";
        var prefixed = Directory.EnumerateFiles(path, "*_images.npy").Any(file => Path.GetFileName(file) is "train_images.npy" or "test_images.npy");
        var imagesFile = Path.Combine(path, prefixed ? $"{prefix}images.npy" : "images.npy");
        var labelsFile = Path.Combine(path, prefixed ? $"{prefix}labels.npy" : "labels.npy");
        foreach (var file in new[] { imagesFile, labelsFile })
        {
            if (!File.Exists(file))
                throw Missing(path, Path.GetFileName(file));
        }

        var labels = ReadLabels(labelsFile);
        var otherLabels = Path.Combine(path, split == DataSplit.Train ? "test_labels.npy" : "train_labels.npy");
        var classes = 1 + Math.Max(labels.Max(), prefixed && File.Exists(otherLabels) ? ReadLabels(otherLabels).Max() : 0);
        string[] names = [.. Enumerable.Range(0, classes).Select(label => $"class {label}")];

        using var images = NpyFile.Open(imagesFile);
        var (shape, channelsLast) = Layout(images);
        if (images.Shape[0] != labels.Length)
            throw new FileFormatException(imagesFile, $"holds {images.Shape[0]} images and {Path.GetFileName(labelsFile)} {labels.Length} labels");
        if (images.Count > Array.MaxLength)
            throw new FileFormatException(imagesFile, $"holds {images.Count} values, at most {Array.MaxLength} can be read");

        var source = $"{path} ({Path.GetFileName(imagesFile)})";
        return images.Type == TensorType.U8
            ? ImageSet.FromBytes(Name, source, shape, Arrange(images.Read<byte>(), shape, channelsLast), byte.MaxValue, labels, names)
            : ImageSet.FromFloats(Name, source, shape, Arrange(ReadFloats(images, shape, channelsLast), shape, channelsLast), labels, names);
    }

    private static int[] ReadLabels(string path)
    {
        using var file = NpyFile.Open(path);
        if (file.Shape.Count != 1 || file.Count == 0)
            throw new FileFormatException(path, $"has the shape [{string.Join(", ", file.Shape)}], expected one label an image, [N]");
        var labels = file.ReadIntegers();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] is < 0 or >= MostClasses)
                throw new FileFormatException(path, $"label {i} is {labels[i]}, expected 0..{MostClasses - 1}");
        }

        return Array.ConvertAll(labels, label => (int)label);
    }

    private static (ImageShape Shape, bool ChannelsLast) Layout(NpyFile images)
    {
        var sizes = images.Shape;
        if (sizes.Count is not (3 or 4) || sizes.Any(size => size is < 1 or > int.MaxValue))
            throw new FileFormatException(images.Path, $"has the shape [{string.Join(", ", sizes)}], expected images [N,C,H,W], [N,H,W,C] or [N,H,W]");
        if (sizes.Count == 3)
            return (new ImageShape(1, (int)sizes[1], (int)sizes[2]), false);
        var channelsLast = sizes[3] is 1 or 3 && sizes[1] is not (1 or 3);
        return channelsLast
            ? (new ImageShape((int)sizes[3], (int)sizes[1], (int)sizes[2]), true)
            : (new ImageShape((int)sizes[1], (int)sizes[2], (int)sizes[3]), false);
    }

    private static float[] ReadFloats(NpyFile images, ImageShape shape, bool channelsLast)
    {
        var pixels = new float[images.Count];
        if (images.Type == TensorType.F32)
        {
            images.Read(0, pixels.AsSpan());
        }
        else if (images.Type == TensorType.F64)
        {
            var block = new double[ElementsAtOnce];
            for (var first = 0; first < pixels.Length; first += ElementsAtOnce)
            {
                var part = block.AsSpan(0, Math.Min(ElementsAtOnce, pixels.Length - first));
                images.Read(first, part);
                for (var i = 0; i < part.Length; i++)
                    pixels[first + i] = (float)part[i];
            }
        }
        else
        {
            throw new FileFormatException(images.Path, $"holds elements of type {images.Type}, expected pixels as u1 in 0..255 or f4/f8 in [0, 1]");
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            if (!(pixels[i] >= 0 && pixels[i] <= 1))
            {
                throw new FileFormatException(
                    images.Path, $"image {i / shape.Values} has the value {pixels[i]} at {Where(i % shape.Values, shape, channelsLast)}, expected a number in [0, 1]");
            }
        }

        return pixels;
    }

    private static string Where(int value, ImageShape shape, bool channelsLast)
    {
        var (channel, row, column) = channelsLast
            ? (value % shape.Channels, value / shape.Channels / shape.Width, value / shape.Channels % shape.Width)
            : (value / shape.Width / shape.Height, value / shape.Width % shape.Height, value % shape.Width);
        return $"channel {channel}, row {row}, column {column}";
    }

    private static T[] Arrange<T>(T[] pixels, ImageShape shape, bool channelsLast)
    {
        if (!channelsLast || shape.Channels == 1)
            return pixels;
        var arranged = new T[pixels.Length];
        var plane = shape.Height * shape.Width;
        for (var image = 0; image < pixels.Length; image += shape.Values)
        {
            for (var position = 0; position < plane; position++)
            {
                for (var channel = 0; channel < shape.Channels; channel++)
                    arranged[image + channel * plane + position] = pixels[image + position * shape.Channels + channel];
            }
        }

        return arranged;
    }
}
