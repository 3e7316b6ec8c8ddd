using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Data;

/// <summary>One way in which images are stored. A new one is a class of its own and one line in <see cref="DataFormats"/>.</summary>
public abstract class DataFormat
{
    /// <summary>What <c>--format</c> calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What <c>--data</c> must be given, to finish the sentence "give …".</summary>
    public abstract string Wanted { get; }

    /// <summary>Whether it lies inside the tool, so that <c>--data</c> names no folder.</summary>
    public virtual bool BuiltIn => false;

    /// <summary>Whether a name or an existing folder looks like this format.</summary>
    public abstract bool Recognises(string path);

    /// <summary>Reads the images.</summary>
    /// <exception cref="Formats.FileFormatException">A file is missing, truncated, foreign, or has values out of range.</exception>
    public abstract ImageSet Load(string path, DataSplit split);

    /// <summary>What the training recipe does to such images.</summary>
    /// <param name="shape">Their size.</param>
    public abstract AugmentationPlan TrainingAugmentation(ImageShape shape);

    /// <summary>A missing file of the format.</summary>
    private protected static Formats.FileFormatException Missing(string folder, string files) => new(folder, $"has no {files}");
}
