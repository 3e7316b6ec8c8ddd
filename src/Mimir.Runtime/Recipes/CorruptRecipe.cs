using System.Text.Json.Serialization;
using Mimir.Runtime.Corruptions;

namespace Mimir.Runtime.Recipes;

/// <summary>Everything that decides an evaluation under common corruptions.</summary>
public sealed record CorruptRecipe
{
    /// <summary>The classifier's checkpoint: a file or a run folder.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The natural images; the test split is used, and corrupted where <see cref="Files"/> is null.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>A folder in the layout of CIFAR-10-C; null generates the corruptions.</summary>
    public string? Files { get; init; }

    /// <summary>The corruptions; null takes the fifteen of the mean.</summary>
    public IReadOnlyList<Corruption>? Corruptions { get; init; }

    /// <summary>Whether the four that are held out are measured too.</summary>
    public bool Extra { get; init; }

    /// <summary>The severities, each 1 to 5.</summary>
    public IReadOnlyList<int> Severities { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>Where the generated images are kept, in the layout of CIFAR-10-C; null keeps none.</summary>
    public string? Out { get; init; }

    /// <summary>Decides every draw of a generated corruption.</summary>
    public ulong Seed { get; init; }

    /// <summary>The corruptions that are asked for, in the catalogue's order.</summary>
    [JsonIgnore]
    public IReadOnlyList<Corruption> Asked =>
        [.. CorruptionCatalog.All.Where(corruption => Corruptions is null ? Extra || !corruption.IsExtra : Corruptions.Contains(corruption) || (Extra && corruption.IsExtra))];

    /// <summary>Checks that the parts do not contradict each other.</summary>
    /// <exception cref="RecipeException">They do; the message names the options.</exception>
    public void Validate()
    {
        RecipeException.Require(Out is null || Files is null, "--out keeps generated images, and --files reads them; give one of the two");
        RecipeException.Require(
            Out is null || Severities.Count == Corruption.Severities, "--out needs all severities, for the files hold five; leave out --severities");
    }
}
