using System.Text.Json.Serialization;
using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Recipes;

/// <summary>Everything that decides an evaluation.</summary>
public sealed record EvaluateRecipe
{
    /// <summary>The classifier's checkpoint: a file or a run folder.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The images; the test split is used.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>Names of the attacks, comma separated (<see cref="AttackPlan"/>).</summary>
    public string Attacks { get; init; } = "pgd";

    /// <summary>The threat model and how hard the attacks try.</summary>
    public AttackSettings Attack { get; init; } = new();

    /// <summary>Which images each attack gets.</summary>
    public EvaluationMode Mode { get; init; }

    /// <summary>Images attacked at once.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>The attacks in order.</summary>
    /// <exception cref="RecipeException">A name is unknown, or an attack is named twice.</exception>
    [JsonIgnore]
    public IReadOnlyList<PlannedAttack> Plan => Planned(Names);

    /// <summary>The attacks that each name of the list stands for; <c>natural</c>, which stands for none, is left out.</summary>
    /// <exception cref="RecipeException">A name is unknown.</exception>
    [JsonIgnore]
    public IReadOnlyList<(string Name, IReadOnlyList<PlannedAttack> Attacks)> PlanByName =>
        [.. Names.Select(name => (Name: name, Attacks: Planned([name]))).Where(one => one.Attacks.Count > 0)];

    private string[] Names => Attacks.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>Checks the numbers and the attacks' names.</summary>
    /// <exception cref="RecipeException">One is out of range or unknown; the message names the option.</exception>
    public void Validate()
    {
        RecipeException.Require(Attack.Steps is null or >= 1, $"--steps {Attack.Steps} must be at least 1");
        RecipeException.Require(Attack.Restarts is null or >= 1, $"--restarts {Attack.Restarts} must be at least 1");
        RecipeException.Require(Attack.Queries is null or >= 1, $"--queries {Attack.Queries} must be at least 1");
        RecipeException.Require(Attack.Targets is null or >= 1, $"--targets {Attack.Targets} must be at least 1");
        RecipeException.Require(Batch >= 1, $"--batch {Batch} must be at least 1");
        _ = Plan;
    }

    private IReadOnlyList<PlannedAttack> Planned(string[] names)
    {
        try
        {
            return AttackPlan.Of(names, Attack);
        }
        catch (FormatException e)
        {
            throw new RecipeException($"--attack {e.Message}");
        }
    }
}
