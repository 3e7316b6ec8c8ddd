using System.Text.Json.Serialization;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Recipes;

/// <summary>Everything that decides an evaluation.</summary>
public sealed record EvaluateRecipe
{
    /// <summary>The classifier's checkpoint: a file or a run folder.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The images; the test split is used.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>Radius of the attack, in [0, 1].</summary>
    public float Eps { get; init; } = 8f / 255;

    /// <summary>Step of the attack.</summary>
    public float Alpha { get; init; } = 2f / 255;

    /// <summary>Steps of the attack.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Independent random starts; an image counts as robust when none of them fools the model;
    /// 0 measures natural accuracy only.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Images attacked at once.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Decides every random start.</summary>
    public ulong Seed { get; init; }

    /// <summary>The attack's size.</summary>
    [JsonIgnore]
    public LinfBudget Budget => new(Eps, Alpha, Steps);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        RecipeException.Require(Steps >= 1, $"--steps {Steps} must be at least 1");
        RecipeException.Require(Restarts >= 0, $"--restarts {Restarts} must not be negative");
        RecipeException.Require(Batch >= 1, $"--batch {Batch} must be at least 1");
    }
}
