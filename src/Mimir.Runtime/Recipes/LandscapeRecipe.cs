using System.Text.Json.Serialization;

namespace Mimir.Runtime.Recipes;

/// <summary>The space in which a loss is looked at.</summary>
public enum LandscapeKind
{
    /// <summary>Around images.</summary>
    Input,

    /// <summary>Around weights.</summary>
    Weight,
}

/// <summary>Everything that decides a picture of the loss.</summary>
public sealed record LandscapeRecipe
{
    /// <summary>Images where nothing else is asked for.</summary>
    public const int UsualImages = 100;

    private const int InputGrid = 41;
    private const int WeightGrid = 51;

    /// <summary>The classifier's checkpoint: a file or a run folder.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The images; the test split is used.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>Around what.</summary>
    public LandscapeKind Kind { get; init; }

    /// <summary>Points of an axis, odd; null takes the usual number of the kind.</summary>
    public int? Grid { get; init; }

    /// <summary>ε: input axes reach from −2ε to 2ε; the radius of the attack on the images of a weight surface.</summary>
    public float Eps { get; init; } = 8f / 255;

    /// <summary>Steps of PGD on the images of a weight surface, of a length of ε/4; 0 takes them as they are.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Decides directions and the attack's starts.</summary>
    public ulong Seed { get; init; }

    /// <summary>Points of an axis.</summary>
    [JsonIgnore]
    public int Points => Grid ?? (Kind == LandscapeKind.Input ? InputGrid : WeightGrid);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        RecipeException.Require(Points >= 3 && Points % 2 == 1, $"--grid {Points} must be an odd number from 3 on, so that the origin is one of the points");
        RecipeException.Require(Eps > 0 || Kind == LandscapeKind.Weight, "--eps must be above 0: the axes reach to twice its value");
    }
}
