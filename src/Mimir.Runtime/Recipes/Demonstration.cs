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
    void OnStage(string row, string stage);
}

/// <summary>One row of the demonstration's table.</summary>
/// <param name="Method">How the encoder was pre-trained, or <c>from-scratch</c>.</param>
/// <param name="Tally">Counts on the test images.</param>
/// <param name="Hsic">HSIC-CCA between attacked images and latents at the end of pre-training, on a fixed batch; null from scratch.</param>
/// <param name="Seconds">Pre-training, fine-tuning and evaluation.</param>
public sealed record DemoRow(string Method, Tally Tally, double? Hsic, double Seconds);

/// <summary>Runs a <see cref="DemoRecipe"/>: three kinds of pre-training, each fine-tuned with PGD, and training from scratch.</summary>
public static class Demonstration
{
    /// <summary>The row without pre-training.</summary>
    public const string FromScratch = "from-scratch";

    private const int MeasuredImages = 256;

    /// <summary>Runs all rows.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">A run folder for every stage is made in it.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops the demonstration.</param>
    public static IReadOnlyList<DemoRow> Run(
        DemoRecipe recipe, HostDevice device, string folder, IDemoObserver observer, CancellationToken cancellation)
    {
        var rows = new List<DemoRow>();
        foreach (var method in new PretrainMethod?[] { PretrainMethod.Mae, PretrainMethod.AdvMae, PretrainMethod.Mimir, null })
        {
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
                observer.OnStage(name, "pre-training");
                init = Path.Combine(folder, name + "-pretrain");
                var pretraining = recipe.Pretraining(pretrained);
                Pretraining.Run(pretraining, device, RunFolder.Create(init, pretraining), resume: false, observer, cancellation);
                hsic = MeasureHsic(pretraining, device, init);
            }

            observer.OnStage(name, method is null ? "training from scratch" : "fine-tuning");
            var tuned = Path.Combine(folder, method is null ? name : name + "-finetune");
            var finetuning = recipe.Finetuning(init);
            Finetuning.Run(finetuning, device, RunFolder.Create(tuned, finetuning), resume: false, observer, cancellation);
            observer.OnStage(name, "evaluation");
            var tally = Evaluating.Run(recipe.Evaluation(tuned), device, (_, _) => { }, cancellation);
            rows.Add(new DemoRow(name, tally, hsic, clock.Elapsed.TotalSeconds));
        }

        return rows;
    }

    /// <summary>HSIC-CCA between attacked images and latents of the trained auto-encoder, on the same images, masks and starts for every
    /// method, so that the rows can be compared.</summary>
    private static double MeasureHsic(PretrainRecipe recipe, HostDevice device, string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = checkpoint.LoadAutoencoder(device);
        var images = recipe.Data.Load(DataSplit.Train).Take(MeasuredImages);
        using var batches = Batcher.ForEvaluation(images, images.Count, device);
        using var step = new PretrainStep(model, recipe.Objective with { Method = PretrainMethod.Mimir }, new HsicCca(recipe.MiSigma), images.Count);
        return step.Run(new PretrainInputs(batches.Next().Images, recipe.Seed, 0)).Information;
    }
}
