using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Data;

/// <summary>The digits inside the tool: 1,797 grey images of 8x8 pixels, 0..16 scaled to [0, 1]; see <c>ATTRIBUTION.md</c> beside this file.
/// The split is fixed and by class: of each digit, in the order of the file, the first ⌊4n/5⌋ train and the rest test: 1,433 and 364 images.
/// The file goes from writer to writer, so most test images are of hands that training never saw; a split that
/// deals images out by turns would look better than it is (nearest neighbour 98.6 % against 95.6 %).</summary>
public sealed class DigitsFormat : DataFormat
{
    /// <summary>What <c>--data</c> calls it.</summary>
    public const string DataName = "digits";

    /// <summary>What must be said wherever these images are passed on.</summary>
    public const string Attribution =
        "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, "
        + "https://doi.org/10.24432/C50P49, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); the test part, as scikit-learn ships it";

    private const string Resource = "Mimir.Runtime.Data.Digits.digits.bin";
    private const int White = 16;
    private const int TrainParts = 4;
    private const int AllParts = 5;

    private static readonly ImageShape s_shape = new(1, 8, 8);

    /// <inheritdoc/>
    public override string Name => DataName;

    /// <inheritdoc/>
    public override string Wanted => "'digits'";

    /// <inheritdoc/>
    public override bool BuiltIn => true;

    /// <inheritdoc/>
    public override bool Recognises(string path) => path == Name;

    /// <summary>A crop with one pixel of padding and no flip: a mirrored digit is another digit, or none.</summary>
    public override AugmentationPlan TrainingAugmentation(ImageShape shape) => AugmentationPlan.Crop(padding: 1);

    /// <inheritdoc/>
    public override ImageSet Load(string path, DataSplit split)
    {
        if (!Recognises(path))
            throw new FormatException($"--data: {path} is not the set inside the tool; with --format {Name} give --data {Name}");
        var (pixels, labels) = Read();
        string[] names = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];
        var all = ImageSet.FromBytes(Name, Name, s_shape, pixels, White, labels, names);

        var counts = new int[names.Length];
        foreach (var label in labels)
            counts[label]++;
        var seen = new int[names.Length];
        var inTraining = Array.ConvertAll(labels, label => seen[label]++ < counts[label] * TrainParts / AllParts);
        var chosen = Enumerable.Range(0, labels.Length).Where(i => inTraining[i] == (split == DataSplit.Train)).ToArray();
        return all.Subset(chosen, $"digits ({(split == DataSplit.Train ? "training" : "test")} part)");
    }

    private static (byte[] Pixels, int[] Labels) Read()
    {
        using var stream = typeof(DigitsFormat).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not in the assembly");
        var record = new byte[1 + s_shape.Values];
        var labels = new int[stream.Length / record.Length];
        var pixels = new byte[labels.Length * s_shape.Values];
        for (var i = 0; i < labels.Length; i++)
        {
            stream.ReadExactly(record);
            labels[i] = record[0];
            record.AsSpan(1).CopyTo(pixels.AsSpan(i * s_shape.Values));
        }

        return (pixels, labels);
    }
}
