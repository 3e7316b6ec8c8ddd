using System.Diagnostics;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Information;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Watches a demonstration.</summary>
public interface IDemoObserver : ITrainingObserver
{
    /// <summary>A stage of a row begins.</summary>
    /// <param name="row">Name of the row, such as <c>mimir</c>.</param>
    /// <param name="stage">What happens, such as <c>pre-training</c>.</param>
    /// <param name="start">Share of the whole demonstration's work that lies behind it, in [0, 1].</param>
    /// <param name="share">Share of the whole that the stage is.</param>
    void OnStage(string row, string stage, double start, double share);
}

/// <summary>One row of the demonstration's table.</summary>
/// <param name="Method">How the encoder was pre-trained, or <c>from-scratch</c>.</param>
/// <param name="Natural">Accuracy on the test images.</param>
/// <param name="Robust">Accuracy on them under attack.</param>
/// <param name="Hsic">HSIC-CCA between attacked images and latents at the end of pre-training, on a fixed batch; null from scratch.</param>
/// <param name="Seconds">Pre-training, fine-tuning and evaluation.</param>
public sealed record DemoRow(string Method, Accuracy Natural, Accuracy Robust, double? Hsic, double Seconds);

/// <summary>Runs a <see cref="DemoRecipe"/>: three kinds of pre-training, each fine-tuned with PGD, and training from scratch.</summary>
public static class Demonstration
{
    /// <summary>The row without pre-training.</summary>
    public const string FromScratch = "from-scratch";

    private const int MeasuredImages = 256;

    // Shares of a row's time, as measured at the full length; they only feed the progress bar.
    private const double PretrainingShare = 0.45;
    private const double EvaluationShare = 0.05;

    /// <summary>Runs all rows.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">A run folder for every stage is made in it.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops the demonstration.</param>
    public static IReadOnlyList<DemoRow> Run(
        DemoRecipe recipe, Device device, string folder, IDemoObserver observer, CancellationToken cancellation)
    {
        var rows = new List<DemoRow>();
        PretrainMethod?[] methods = [PretrainMethod.Mae, PretrainMethod.AdvMae, PretrainMethod.Mimir, null];
        foreach (var method in methods)
        {
            void Stage(string row, string stage, double start, double share) =>
                observer.OnStage(row, stage, (rows.Count + start) / methods.Length, share / methods.Length);

            var name = method switch
            {
                PretrainMethod.Mae => "mae",
                PretrainMethod.AdvMae => "adv-mae",
                PretrainMethod.Mimir => "mimir",
                _ => FromScratch,
            };
            var clock = Stopwatch.StartNew();
            string? init = null;
            double? hsic = null;
            if (method is { } pretrained)
            {
                Stage(name, "pre-training", 0, PretrainingShare);
                init = Path.Combine(folder, name + "-pretrain");
                var pretraining = recipe.Pretraining(pretrained);
                Pretraining.Run(pretraining, device, RunFolder.Prepare(init, RunConfig.Of("pretrain", pretraining, device)), resume: false, observer, cancellation);
                hsic = MeasureHsic(pretraining, device, init);
            }

            var before = method is null ? 0 : PretrainingShare;
            Stage(name, method is null ? "training" : "fine-tuning", before, 1 - EvaluationShare - before);
            var tuned = Path.Combine(folder, method is null ? name : name + "-finetune");
            var finetuning = recipe.Finetuning(init);
            Finetuning.Run(finetuning, device, RunFolder.Prepare(tuned, RunConfig.Of("finetune", finetuning, device)), resume: false, observer, cancellation);
            Stage(name, "evaluation", 1 - EvaluationShare, EvaluationShare);
            var results = Evaluating.Run(recipe.Evaluation(tuned), device, observer: null, cancellation);
            rows.Add(new DemoRow(name, results.Natural, results.RobustAccuracy, hsic, clock.Elapsed.TotalSeconds));
        }

        return rows;
    }

    /// <summary>HSIC-CCA between attacked images and latents of the trained auto-encoder, on the same images, masks and starts for every
    /// method, so that the rows can be compared.</summary>
    private static double MeasureHsic(PretrainRecipe recipe, Device device, string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = checkpoint.LoadAutoencoder(device);
        var images = recipe.Data.Load(DataSplit.Train).Take(MeasuredImages);
        using var batches = Batcher.ForEvaluation(images, images.Count, device);
        using var step = new PretrainStep(model, recipe.Objective with { Method = PretrainMethod.Mimir }, new HsicCca(recipe.MiSigma), images.Count);
        return step.Run(new PretrainInputs(batches.Next().Images, recipe.Seed, 0)).Information;
    }
}
