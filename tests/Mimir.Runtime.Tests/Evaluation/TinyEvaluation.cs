using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Evaluation;

/// <summary>Evaluations that take a few milliseconds.</summary>
internal static class TinyEvaluation
{
    public const int Images = 60;

    public const int Values = 3 * 8 * 8;

    /// <summary>A session on <see cref="Model"/> and <see cref="Set"/>.</summary>
    public static EvaluationSession Session(
        HostDevice device, AttackSettings settings, string plan, int batch = 16, EvaluationMode mode = EvaluationMode.Survivors, EvaluationStore? store = null)
    {
        var model = Model(device);
        return new EvaluationSession(model, Set(device, model), AttackPlan.Of(plan.Split(','), settings), settings, mode, batch) { Store = store };
    }

    /// <summary>A classifier whose predictions differ from image to image and under attack.</summary>
    public static VisionTransformer Model(HostDevice device)
    {
        var model = TinyModels.Classifier(device);
        foreach (var weight in model.Parameters.Parameters.Where(p => p.Name.EndsWith("weight") && !p.Name.Contains("norm")))
            weight.Value.CopyFrom(SeededValues.Normal(weight.Shape.Count, (int)weight.Offset, 0.25));
        model.Refresh();
        return model;
    }

    /// <summary>Random images with the model's own answers as labels, one in five moved on.</summary>
    public static ImageSet Set(HostDevice device, VisionTransformer model)
    {
        var pixels = SeededValues.Pixels(Images * Values, 8);
        var answers = Answers(device, model, pixels);
        var labels = answers.Select((answer, i) => i % 5 == 0 ? (answer + 1) % TinyModels.Classes : answer).ToArray();
        return ImageSet.FromFloats("test", "test", new ImageShape(3, 8, 8), pixels, labels, ["a", "b", "c", "d", "e"]);
    }

    /// <summary>The model's classes, without batches or lanes.</summary>
    public static int[] Answers(HostDevice device, VisionTransformer model, float[] pixels)
    {
        using var pools = new LanePools(device, device.Lanes);
        var images = device.Allocate<float>(pixels.Length);
        images.CopyFrom(pixels);
        var graph = new Graph(pools);
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(images, model.ImageShape(pixels.Length))).Data.ToArray();
        graph.End();
        images.Buffer.Dispose();
        return [.. logits.Chunk(TinyModels.Classes).Select(row => Predictions.ArgMax(row))];
    }

    /// <summary>Every x', [images, values].</summary>
    public static float[] Adversarial(EvaluationResults results)
    {
        var all = new float[results.Images * Values];
        for (var i = 0; i < results.Images; i++)
            results.CopyAdversarial(i, all.AsSpan(i * Values, Values));
        return all;
    }
}
