using System.Runtime.InteropServices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Evaluation;

/// <summary>Attacked images on disk, a safetensors file: <c>adversarial</c> (F32 [images, channels, height, width], the image as it is where
/// nothing broke it), <c>predictions</c> and <c>labels</c> (I32 [images]). That of an evaluation under way also has <c>pending</c> with the x' of
/// its last attack, which are not predicted anew yet, and <c>pending_images</c> with their numbers. As .npy: the images, and beside them the
/// predictions.</summary>
public static class AdversarialFile
{
    /// <summary>Its name in the folder of an evaluation.</summary>
    public const string Name = "adversarial.safetensors";

    private const string Npy = ".npy";
    private const string Images = "adversarial";
    private const string Predictions = "predictions";
    private const string Labels = "labels";
    private const string Pending = "pending";
    private const string PendingImages = "pending_images";
    private const string PendingAttack = "pending_attack";

    /// <summary>The file with the predictions beside an .npy file.</summary>
    public static string PredictionsBeside(string path) => Path.ChangeExtension(path, $".{Predictions}{Npy}");

    /// <summary>Writes every x': as .npy by that ending, else as safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images.</param>
    /// <param name="results">What is known of them.</param>
    /// <exception cref="IOException">It cannot be written; an earlier file is unchanged.</exception>
    public static void Write(string path, ImageSet images, EvaluationResults results)
    {
        var (values, shape) = (images.Shape.Values, ShapeOf(images, images.Count));
        var all = new float[(long)images.Count * values];
        for (var i = 0; i < images.Count; i++)
            results.CopyAdversarial(i, MemoryMarshal.CreateSpan(ref all[(long)i * values], values));
        if (Path.GetExtension(path) == Npy)
        {
            NpyFile.Write(path, shape, all);
            NpyFile.Write(PredictionsBeside(path), [images.Count], results.Predictions.ToArray());
            return;
        }

        var underWay = results.Attacks.LastOrDefault(attack => !attack.IsFinished);
        var writer = new SafetensorsWriter(underWay is null ? null : new Dictionary<string, string> { [PendingAttack] = underWay.Name });
        writer.Add(Images, shape, all).Add(Predictions, [images.Count], results.Predictions.ToArray()).Add(Labels, [images.Count], images.Labels.ToArray());
        if (underWay is not null)
        {
            var positions = Enumerable.Range(0, underWay.Images.Count).Where(position => underWay.Returned[position] is not null).ToArray();
            writer.Add(PendingImages, [positions.Length], Array.ConvertAll(positions, position => underWay.Images[position]));
            writer.Add(Pending, ShapeOf(images, positions.Length), positions.SelectMany(position => underWay.Returned[position]!).ToArray());
        }

        writer.Save(path);
    }

    /// <summary>Reads attacked images of a set.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FileFormatException">It is damaged, or not of images of that number and size.</exception>
    public static AdversarialImages Read(string path, ImageSet images)
    {
        var shape = ShapeOf(images, images.Count);
        if (Path.GetExtension(path) == Npy)
        {
            using var array = NpyFile.Open(path);
            if (!array.Shape.SequenceEqual(shape))
                throw new FileFormatException(path, $"is [{string.Join(", ", array.Shape)}], and the images are [{string.Join(", ", shape)}]");
            return new AdversarialImages(array.Read<float>(), images.Shape.Values) { Predictions = PredictionsOf(path, images.Count) };
        }

        using var file = SafetensorsFile.Open(path);
        file.Require(Images, shape);
        var read = new AdversarialImages(file.Read<float>(Images), images.Shape.Values)
        {
            Predictions = file.TryFind(Predictions, out _) ? file.Read<int>(Predictions) : [],
        };
        if (read.Predictions.Length != images.Count && read.Predictions.Length > 0)
            throw new FileFormatException(path, $"has {read.Predictions.Length} predictions for {images.Count} images");
        if (!file.Metadata.TryGetValue(PendingAttack, out var attack))
            return read;
        var (numbers, pending) = (file.Read<int>(PendingImages), file.Read<float>(Pending));
        file.Require(Pending, ShapeOf(images, numbers.Length));
        return read with
        {
            PendingAttack = attack,
            Pending = numbers.Index().ToDictionary(
                pair => pair.Item, pair => pending.AsSpan(pair.Index * images.Shape.Values, images.Shape.Values).ToArray()),
        };
    }

    private static int[] PredictionsOf(string path, int count)
    {
        if (!File.Exists(PredictionsBeside(path)))
            return [];
        using var file = NpyFile.Open(PredictionsBeside(path));
        return file.Shape.SequenceEqual([count])
            ? file.Read<int>()
            : throw new FileFormatException(file.Path, $"is [{string.Join(", ", file.Shape)}], and there are {count} images");
    }

    private static long[] ShapeOf(ImageSet images, int count) => [count, images.Shape.Channels, images.Shape.Height, images.Shape.Width];
}
