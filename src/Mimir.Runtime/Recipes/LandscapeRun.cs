using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Landscape;

namespace Mimir.Runtime.Recipes;

/// <summary>A surface that was drawn.</summary>
/// <param name="Name">Its files are Name.csv and Name.png.</param>
/// <param name="Surface">The numbers.</param>
/// <param name="Caption">What its picture says.</param>
public sealed record DrawnSurface(string Name, LossSurface Surface, LandscapeCaption Caption);

/// <summary>A <see cref="LandscapeRecipe"/> that is ready to run.</summary>
public sealed class LandscapeRun : IDisposable
{
    private readonly TestedClassifier _tested;

    private LandscapeRun(LandscapeRecipe recipe, TestedClassifier tested) => (Recipe, _tested) = (recipe, tested);

    /// <summary>What is done.</summary>
    public LandscapeRecipe Recipe { get; }

    /// <summary>The images.</summary>
    public ImageSet Images => _tested.Images;

    /// <summary>Loads model and images.</summary>
    /// <exception cref="RecipeException">The numbers do not fit together, or the data does not fit the model.</exception>
    public static LandscapeRun Open(LandscapeRecipe recipe, Device device)
    {
        recipe.Validate();
        return new LandscapeRun(recipe, TestedClassifier.Open(recipe.Checkpoint, recipe.Data, device));
    }

    /// <summary>Evaluates the surfaces: in input space that of the mean over the images and that of the first image, in weight space one.</summary>
    /// <param name="progress">Told of points done.</param>
    /// <param name="cancellation">Stops between points.</param>
    public IReadOnlyList<DrawnSurface> Run(Action<int> progress, CancellationToken cancellation) =>
        Recipe.Kind == LandscapeKind.Input ? RunInput(progress, cancellation) : RunWeight(progress, cancellation);

    /// <summary>Writes a surface's numbers and picture.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="drawn">The surface.</param>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Save(string folder, DrawnSurface drawn)
    {
        drawn.Surface.SaveCsv(Path.Combine(folder, $"{drawn.Name}.csv"));
        LandscapePicture.Write(Path.Combine(folder, $"{drawn.Name}.png"), drawn.Surface, drawn.Caption);
    }

    /// <inheritdoc/>
    public void Dispose() => _tested.Dispose();

    private DrawnSurface[] RunInput(Action<int> progress, CancellationToken cancellation)
    {
        var (mean, first) = InputLandscape.Evaluate(_tested.Model, Images, Recipe.Points, 2 * Recipe.Eps, Recipe.Seed, progress, cancellation);
        LandscapeCaption Caption(string over) => new(
            $"Loss in input space, {over}",
            $"CE(clip(x + a u + b v)), u: sign of the gradient, v: random signs; dashed: |a| + |b| = {AttackBudget.Describe(Recipe.Eps)}; {Subject}",
            "a, along the sign of the gradient, in 255ths", "b, along random signs, in 255ths", 1.0 / 255, Recipe.Eps);
        return
        [
            new("input-mean", mean, Caption($"mean over {Images.Count} test images")),
            new("input-first", first, Caption($"the first of {Images.Count} test images, class {Images.ClassNames[Images.Labels[0]]}")),
        ];
    }

    private DrawnSurface[] RunWeight(Action<int> progress, CancellationToken cancellation)
    {
        var attack = new PgdAttack(new AttackBudget(Recipe.Eps, Recipe.Eps / 4, Recipe.Steps)) { Keep = PgdKeep.Last, Seed = Recipe.Seed };
        var images = Recipe.Steps == 0 ? Images : WeightLandscape.Attacked(_tested.Model, Images, attack, cancellation);
        var surface = WeightLandscape.Evaluate(_tested.Model, images, Recipe.Points, Recipe.Seed, progress, cancellation);
        var (over, fixedAt) = Recipe.Steps == 0
            ? ($"mean over {Images.Count} test images", "")
            : ($"mean over {Images.Count} test images under {attack.Name}", $", x' fixed at the origin's weights, eps {AttackBudget.Describe(Recipe.Eps)}");
        return
        [
            new("weight", surface, new LandscapeCaption(
                $"Loss in weight space, {over}", $"CE at w + a d1 + b d2, filter-normalised Gaussian directions{fixedAt}; {Subject}", "a, along d1", "b, along d2", 1, null)),
        ];
    }

    private string Subject => $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Recipe.Checkpoint))}, {Images.Name}, seed {Recipe.Seed}";
}
