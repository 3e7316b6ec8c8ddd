using Mimir.Runtime.Data;

namespace Mimir.Runtime.Recipes;

/// <summary>Which images a run reads.</summary>
public sealed record DataRecipe
{
    /// <summary>A folder, or <c>digits</c> for the set inside the tool.</summary>
    public required string Path { get; init; }

    /// <summary>The format's name; null recognises it.</summary>
    public string? Format { get; init; }

    /// <summary>Images to use, balanced over the classes; null takes all.</summary>
    public int? Limit { get; init; }

    /// <summary>Reads the images of a split, cut to the limit.</summary>
    public ImageSet Load(DataSplit split)
    {
        var set = ImageSet.Load(Path, split, Format is null ? null : DataFormats.Parse(Format));
        return Limit is { } limit ? set.Take(limit) : set;
    }
}
