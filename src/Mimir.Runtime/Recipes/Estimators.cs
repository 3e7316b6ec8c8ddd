using Mimir.Runtime.Information;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>The estimators by name.</summary>
public static class Estimators
{
    /// <summary>The names that <c>--mi</c> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["hsic-cca", "hsic", "renyi"];

    /// <summary>The estimator of a recipe; null where its method has no penalty.</summary>
    /// <exception cref="RecipeException">The name is unknown.</exception>
    public static IMutualInformation? Create(PretrainRecipe recipe) =>
        recipe.Method == PretrainMethod.Mimir ? Create(recipe.Mi, recipe.MiSigma, recipe.RenyiBandwidth) : null;

    /// <summary>The estimator of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="sigma">Kernel width of the HSIC estimators; null takes the median heuristic.</param>
    /// <param name="bandwidth">Bandwidth rule of the Rényi estimator.</param>
    /// <exception cref="RecipeException">The name is unknown.</exception>
    public static IMutualInformation Create(string name, double? sigma, RenyiBandwidth bandwidth) => name switch
    {
        "hsic-cca" => new HsicCca(sigma),
        "hsic" => new Hsic(sigma),
        "renyi" => new Renyi(bandwidth: bandwidth),
        _ => throw new RecipeException($"--mi '{name}' is unknown; use one of {string.Join(", ", Names)}"),
    };
}
