using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Information;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Ablation;

/// <summary>What one arm with one seed came to.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Pretraining">Cost and end of pre-training; null from scratch.</param>
/// <param name="Finetuning">Cost and end of fine-tuning or training from scratch.</param>
/// <param name="Evaluation">What its classifier got right.</param>
public sealed record ArmResult(AblationArm Arm, ulong Seed, StageFigures? Pretraining, StageFigures Finetuning, ArmEvaluation Evaluation)
{
    /// <summary>What the whole arm took.</summary>
    public double Seconds => (Pretraining?.Seconds ?? 0) + Finetuning.Seconds + Evaluation.Seconds;
}

/// <summary>Runs an <see cref="AblationRecipe"/> in a folder: <c>ARM/pretrain</c>, <c>ARM/finetune</c> and <c>ARM/eval</c> are run folders as
/// those of the verbs of these names, <c>ARM/evaluation.json</c> is the judgement; with several seeds they stand below <c>seed-S/</c>. What the folder holds already is taken over, or gone on with where it stopped.</summary>
public sealed class AblationRun
{
    /// <summary>The verb of the command line that runs it; names its folders' kind.</summary>
    public const string Verb = "ablate";

    private const int MeasuredImages = 256;

    private readonly AblationRecipe _recipe;
    private readonly Device _device;
    private readonly string _folder;
    private readonly IAblationObserver _observer;
    private readonly CancellationToken _cancellation;
    private readonly AblationCost _cost;
    private double _costDone;

    /// <summary>Prepares a run and compares what the folder holds with the recipe; nothing is written.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">Holds the arms.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops the run; its state is then saved.</param>
    /// <exception cref="RecipeException">The recipe's numbers do not fit together.</exception>
    /// <exception cref="RunFolderException">A run in the folder has another recipe; the message names the field.</exception>
    public AblationRun(AblationRecipe recipe, Device device, string folder, IAblationObserver observer, CancellationToken cancellation)
    {
        (_recipe, _device, _folder, _observer, _cancellation) = (recipe, device, Path.GetFullPath(folder), observer, cancellation);
        recipe.Validate();
        foreach (var (arm, seed) in Rows)
            RequireSame(arm, seed);
        (TrainImages, TestImages) = (recipe.Pretrain.Data.Load(DataSplit.Train), recipe.Evaluation.Data.Load(DataSplit.Test));
        _cost = new AblationCost(recipe, TrainImages.Count, TestImages.Count);
    }

    /// <summary>The training images.</summary>
    public ImageSet TrainImages { get; }

    /// <summary>The images that arms are judged on.</summary>
    public ImageSet TestImages { get; }

    /// <summary>Runs what is not done yet.</summary>
    /// <returns>All results, seed by seed.</returns>
    /// <exception cref="OperationCanceledException">Stopped; another run in the folder goes on.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient of an arm is not finite.</exception>
    /// <exception cref="FileFormatException">A file of an earlier run is damaged.</exception>
    public IReadOnlyList<ArmResult> Run()
    {
        var arms = Rows.Select(row => (Row: row, Stages: StagesOf(row.Arm, row.Seed))).ToArray();
        _costDone = arms.SelectMany(arm => arm.Stages).Where(stage => stage.IsDone()).Sum(stage => stage.Cost);
        foreach (var (row, stages) in arms)
        {
            foreach (var stage in stages.Where(stage => !stage.IsDone()))
            {
                _cancellation.ThrowIfCancellationRequested();
                _observer.OnStage(new AblationStage(row.Arm.Name, row.Seed, stage.Name, _costDone / _cost.Whole, stage.Cost / _cost.Whole));
                stage.Run();
                _costDone += stage.Cost;
            }
        }

        return [.. Rows.Select(row => ResultOf(row.Arm, row.Seed))];
    }

    private IEnumerable<(AblationArm Arm, ulong Seed)> Rows =>
        from seed in _recipe.Seeds from arm in _recipe.Arms select (AblationArm.Parse(arm), seed);

    /// <summary>A stage of an arm: whether it is done, and how to bring it to its end from wherever it is.</summary>
    private sealed record Stage(string Name, double Cost, Func<bool> IsDone, Action Run);

    private List<Stage> StagesOf(AblationArm arm, ulong seed)
    {
        var folder = FolderOf(arm, seed);
        var (pretrained, tuned) = (PretrainedIn(arm, folder), TunedIn(folder));
        var stages = new List<Stage>();
        if (pretrained is not null)
        {
            var pretraining = _recipe.Pretraining(arm, seed);
            stages.Add(new Stage(
                "pre-training", _cost.Pretraining(arm), () => IsJudged(folder) || IsComplete(pretrained, pretraining.Optimiser.Epochs),
                () => Train(Recipes.Pretraining.Verb, pretrained, pretraining, Recipes.Pretraining.Run)));
        }

        var finetuning = _recipe.Finetuning(pretrained, seed);
        stages.Add(new Stage(
            pretrained is null ? "training" : "fine-tuning", _cost.Finetuning(arm), () => IsJudged(folder) || IsComplete(tuned, finetuning.Passes.Epochs),
            () => Train(Recipes.Finetuning.Verb, tuned, finetuning, Recipes.Finetuning.Run)));
        stages.Add(new Stage(
            "evaluation", _cost.Evaluation, () => IsJudged(folder),
            () => Evaluate(
                _recipe.Evaluating(tuned, seed), JudgedIn(folder), pretrained is null ? null : MeasureHsic(_recipe.Pretraining(arm, seed), pretrained)).Write(folder)));
        return stages;
    }

    // What was judged needs its checkpoints no more.
    private static bool IsJudged(string folder) => ArmEvaluation.Read(folder) is not null;

    private static bool IsComplete(string path, int epochs)
    {
        if (!File.Exists(RunFolder.CheckpointIn(path)))
            return false;
        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Info.Position is { } position && position.Epoch >= epochs;
    }

    private delegate EpochReport Training<TRecipe>(
        TRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation);

    private void Train<TRecipe>(string verb, string path, TRecipe recipe, Training<TRecipe> train)
    {
        var folder = FolderFor(verb, path, recipe);
        train(recipe, _device, folder, File.Exists(folder.Checkpoint), _observer, _cancellation);
    }

    private RunFolder FolderFor<TRecipe>(string verb, string path, TRecipe recipe) =>
        RunFolder.Exists(path) ? RunFolder.Open(path) : RunFolder.Prepare(path, RunConfig.Of(verb, recipe, _device));

    private ArmResult ResultOf(AblationArm arm, ulong seed)
    {
        var folder = FolderOf(arm, seed);
        return new ArmResult(
            arm, seed,
            PretrainedIn(arm, folder) is { } pretrained ? StageFigures.Of(RunFolder.Open(pretrained), _recipe.Pretrain.Optimiser.Batch) : null,
            StageFigures.Of(RunFolder.Open(TunedIn(folder)), _recipe.Finetune.Optimiser.Batch), ArmEvaluation.Read(folder)!);
    }

    private ArmEvaluation Evaluate(EvaluateRecipe recipe, string path, double? hsic)
    {
        using var session = Recipes.Evaluating.Open(recipe, _device, FolderFor(Recipes.Evaluating.Verb, path, recipe));
        session.Run(_observer, _cancellation);
        _observer.OnEvaluated(session.Results);
        return new ArmEvaluation
        {
            Recipe = recipe,
            Columns = [EvaluatedColumn.Of(ArmEvaluation.Natural, session.Results.NaturallyRight), .. Attacked(recipe, session.Results)],
            Hsic = hsic,
            Seconds = session.Results.Attacks.Sum(attack => attack.Seconds),
        };
    }

    // A column for each name in the list of attacks, one of which may stand for several: what still stands behind it.
    private static IEnumerable<EvaluatedColumn> Attacked(EvaluateRecipe recipe, EvaluationResults results)
    {
        var broken = new HashSet<string?>();
        foreach (var attacks in recipe.PlanByName)
        {
            broken.UnionWith(attacks.Attacks.Select(attack => attack.Name));
            yield return EvaluatedColumn.Of(
                attacks.Attacks.Count == 1 ? attacks.Attacks[0].Name : attacks.Name,
                results.NaturallyRight.Zip(results.BrokenBy, (right, by) => right && !broken.Contains(by)));
        }
    }

    /// <summary>HSIC-CCA between attacked images and latents of the trained auto-encoder, on the same images, masks and starts for every
    /// arm, so that they can be compared.</summary>
    private double MeasureHsic(PretrainRecipe recipe, string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = checkpoint.LoadAutoencoder(_device);
        var images = TrainImages.Take(Math.Min(MeasuredImages, TrainImages.Count));
        using var batches = Batcher.ForEvaluation(images, images.Count, _device);
        using var step = new PretrainStep(model, recipe.Objective with { Method = PretrainMethod.Mimir }, new HsicCca(recipe.MiSigma), images.Count);
        return step.Run(new PretrainInputs(batches.Next().Images, recipe.Seed, 0)).Information;
    }

    private string FolderOf(AblationArm arm, ulong seed) =>
        Path.Combine(_recipe.Seeds.Count == 1 ? _folder : Path.Combine(_folder, $"seed-{seed}"), arm.Name);

    private static string? PretrainedIn(AblationArm arm, string folder) => arm.Method is null ? null : Path.Combine(folder, Recipes.Pretraining.Verb);

    private static string TunedIn(string folder) => Path.Combine(folder, Recipes.Finetuning.Verb);

    private static string JudgedIn(string folder) => Path.Combine(folder, Recipes.Evaluating.Verb);

    private void RequireSame(AblationArm arm, ulong seed)
    {
        var folder = FolderOf(arm, seed);
        var (pretrained, tuned) = (PretrainedIn(arm, folder), TunedIn(folder));
        if (pretrained is not null && RunFolder.Exists(pretrained))
            RequireSame(pretrained, RunConfig.Read<PretrainRecipe>(RunFolder.Open(pretrained), Recipes.Pretraining.Verb).Recipe, _recipe.Pretraining(arm, seed));
        if (RunFolder.Exists(tuned))
        {
            // Where the encoder lies says nothing of what it is: the whole ablation may have moved.
            var stored = RunConfig.Read<FinetuneRecipe>(RunFolder.Open(tuned), Recipes.Finetuning.Verb).Recipe;
            RequireSame(tuned, stored.Init is null ? stored : stored with { Init = pretrained }, _recipe.Finetuning(pretrained, seed));
        }

        var judged = JudgedIn(folder);
        if (RunFolder.Exists(judged))
            RequireSame(judged, RunConfig.Read<EvaluateRecipe>(RunFolder.Open(judged), Recipes.Evaluating.Verb).Recipe with { Checkpoint = tuned }, _recipe.Evaluating(tuned, seed));
        if (ArmEvaluation.Read(folder) is { } evaluation)
            RequireSame(folder, evaluation.Recipe with { Checkpoint = tuned }, _recipe.Evaluating(tuned, seed));
    }

    private static void RequireSame<TRecipe>(string path, TRecipe stored, TRecipe asked)
    {
        if (RecipeDifference.First(stored, asked) is { } difference)
            throw new RunFolderException(
                $"{path} was made with {difference.Field} {difference.Stored}, and this ablation asks for {difference.Asked}; give the same options, or another --out");
    }
}
