using Mimir.Kernels.Devices;
using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Recipes;

/// <summary>A <see cref="CorruptRecipe"/> that is ready to run.</summary>
public sealed class Corrupting : IDisposable
{
    private readonly TestedClassifier _tested;

    private Corrupting(CorruptRecipe recipe, TestedClassifier tested, CorruptedImages images)
    {
        (Recipe, _tested, Images) = (recipe, tested, images);
        Scores = CorruptionEvaluation.Scores(images);
        Corruptions = [.. recipe.Asked.Where(corruption => images.Obstacle(corruption) is null)];
        Skipped = [.. recipe.Asked.Except(Corruptions).Select(corruption => (corruption, images.Obstacle(corruption)!))];
    }

    /// <summary>What is done.</summary>
    public CorruptRecipe Recipe { get; }

    /// <summary>The corrupted images.</summary>
    public CorruptedImages Images { get; }

    /// <summary>The natural images.</summary>
    public ImageSet Natural => _tested.Images;

    /// <summary>What is measured.</summary>
    public IReadOnlyList<Corruption> Corruptions { get; }

    /// <summary>What was asked for and cannot be had, and why.</summary>
    public IReadOnlyList<(Corruption Corruption, string Reason)> Skipped { get; }

    /// <summary>What was found so far.</summary>
    public CorruptionScores Scores { get; }

    /// <summary>Accuracy on <see cref="Natural"/>; of no images until it is measured.</summary>
    public Evaluation.Accuracy NaturalAccuracy { get; private set; }

    /// <summary>The constants that generated corruptions have at the images' size; null where they are read.</summary>
    public CorruptionLevel? Generated => Recipe.Files is null ? new CorruptionLevel(1, Images.Shape.Height) : null;

    /// <summary>Loads model and images and checks them.</summary>
    /// <exception cref="RecipeException">They do not fit together, or there is nothing to measure.</exception>
    /// <exception cref="Formats.FileFormatException">A file is damaged or foreign.</exception>
    public static Corrupting Open(CorruptRecipe recipe, Device device)
    {
        recipe.Validate();
        var tested = TestedClassifier.Open(recipe.Checkpoint, recipe.Data, device);
        CorruptedImages? images = null;
        try
        {
            if (recipe.Files is { } folder)
                images = CorruptionFolder.Open(folder, tested.Images.Shape, tested.Images.ClassNames, recipe.Data.Limit);
            else if (GeneratedCorruptions.Obstacle(tested.Images.Shape) is { } obstacle)
                throw new RecipeException($"--data {recipe.Data.Path} cannot be corrupted: {obstacle}");
            else
                images = new GeneratedCorruptions(tested.Images, recipe.Seed);
            var corrupting = new Corrupting(recipe, tested, images);
            RecipeException.Require(
                corrupting.Corruptions.Count > 0, $"nothing is left to measure: {string.Join("; ", corrupting.Skipped.Select(skipped => $"{skipped.Corruption}: {skipped.Reason}"))}");
            if (recipe.Out is { } kept)
                CorruptionFolder.RequireRoom(kept, corrupting.Corruptions, images.Labels);
            return corrupting;
        }
        catch
        {
            images?.Dispose();
            tested.Dispose();
            throw;
        }
    }

    /// <summary>Measures natural accuracy, then each corruption, whose images are kept when it is done.</summary>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops between blocks of images; <see cref="Scores"/> has the corruptions that are done.</param>
    public void Run(ICorruptionObserver observer, CancellationToken cancellation)
    {
        if (Recipe.Out is { } folder)
        {
            Directory.CreateDirectory(folder);
            CorruptionFolder.WriteLabels(folder, Images.Labels);
        }

        using var evaluation = new CorruptionEvaluation(_tested.Model);
        NaturalAccuracy = evaluation.Natural(Natural, cancellation);
        evaluation.Run(Images, Corruptions, Recipe.Severities, Scores, Recipe.Out is null ? observer : new Keeper(observer, Recipe.Out), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        _tested.Dispose();
    }

    /// <summary>Writes each corruption's images when it is done.</summary>
    private sealed class Keeper(ICorruptionObserver observer, string folder) : ICorruptionObserver
    {
        public void OnProgress(Corruption corruption, int severity, long done, long all) => observer.OnProgress(corruption, severity, done, all);

        public void OnDone(Corruption corruption, IReadOnlyList<ImageSet> images)
        {
            CorruptionFolder.Write(folder, corruption, images);
            observer.OnDone(corruption, images);
        }
    }
}
