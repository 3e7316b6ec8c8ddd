using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Verification;

/// <summary>Compares a step of adversarial training: logits, every step of PGD from the file's own images and the whole attack from its
/// start; then, from the file's attacked images and by the very step that training runs, logits, loss, gradients and two updates.</summary>
internal sealed class ClassifierStepCase(GoldenCase golden, Comparison comparison, Device device)
{
    private const string LayerDecayPrefix = "after_layer_decay_0.65";
    private const double LayerDecay = 0.65;

    /// <summary>Runs the case.</summary>
    public void Run()
    {
        var encoder = GoldenModels.Encoder(golden);
        var pool = golden.Word("model", "pool") switch
        {
            "avg" => PoolKind.Mean,
            "cls" => PoolKind.Class,
            var other => throw new FileFormatException(golden.Name, $"the pool '{other}' is unknown"),
        };
        using var model = new VisionTransformer(device, encoder, golden.Integer("model", "classes"), pool);
        GoldenModels.Fill(golden, model);

        using var arrays = new DeviceArrays(device);
        using var pools = new LanePools(device, device.Lanes);
        var graph = new Graph(pools);
        var images = arrays.Place(golden.Floats("input.images"));
        var labels = arrays.Place(golden.Integers("input.labels"));
        var batch = (int)labels.Length;
        CompareLogits(model, graph, images, default, "output.logits");
        if (golden.Has("input.drop_path_scales"))
        {
            var scales = arrays.Place(golden.Floats("input.drop_path_scales"));
            CompareLogits(model, graph, images, new DropPathScales(scales, batch, 0, batch), "output.drop_path_logits");
        }

        var budget = new AttackBudget(
            (float)golden.Number("options", "eps"), (float)golden.Number("options", "alpha"), golden.Integer("options", "steps"));
        CompareAttack(model, graph, budget, images, labels);

        var adversarial = arrays.Place(golden.Floats("output.adversarial_images"));
        CompareLogits(model, graph, adversarial, default, "output.adversarial_logits");
        var objective = new ClassifierObjective(budget, (float)golden.Number("options", "label_smoothing"), DropPath: 0);
        using var step = new ClassifierStep(model, objective, batch);
        var report = step.Run(new ClassifierInputs(images, labels, 0, 0) { Adversarial = adversarial });
        comparison.Relative("output.loss", report.Loss, golden.Floats("output.loss")[0], comparison.Bounds.Loss);
        ParameterTensors.CompareGradients(golden, comparison, model, step.Gradients);

        var decay = (float)golden.Number("options", "weight_decay");
        using var plain = ParameterTensors.Optimizer(golden, model, ParameterGroups.Pretraining(model.Parameters, decay));
        ParameterTensors.CompareUpdate(golden, comparison, model, plain, step.Gradients, "after");
        if (golden.NamesAfter(LayerDecayPrefix).Any())
        {
            using var layered = ParameterTensors.Optimizer(golden, model, ParameterGroups.Finetuning(model, decay, LayerDecay));
            ParameterTensors.CompareUpdate(golden, comparison, model, layered, step.Gradients, LayerDecayPrefix);
        }
    }

    private void CompareLogits(VisionTransformer model, Graph graph, DeviceSpan<float> images, DropPathScales drop, string name)
    {
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(images, model.ImageShape(images.Length)), drop);
        comparison.Relative(name, logits.Data.ToArray(), golden.Floats(name), comparison.Bounds.Output);
        graph.End();
    }

    private void CompareAttack(VisionTransformer model, Graph graph, AttackBudget budget, DeviceSpan<float> images, DeviceSpan<int> labels)
    {
        using var arrays = new DeviceArrays(device);
        var natural = images.ToArray();
        var start = arrays.Place(golden.Floats("input.attack_start"));
        var gradient = arrays.Empty(images.Length);
        var adversarial = arrays.Empty(images.Length);
        var objective = new CrossEntropyObjective(model) { Labels = labels, Scale = 1f / labels.Length };

        if (golden.Has("output.pgd_gradients"))
        {
            var gradients = new float[budget.Steps * natural.Length];
            var iterates = new float[budget.Steps * natural.Length];
            var theirs = golden.Floats("output.pgd_images");
            LinfStep.Start(images, start, adversarial);
            for (var i = 0; i < budget.Steps; i++)
            {
                if (i > 0)
                    adversarial.CopyFrom(theirs.AsSpan((i - 1) * natural.Length, natural.Length));
                LinfPgd.Step(graph, objective, budget, images, gradient, adversarial);
                gradient.CopyTo(gradients.AsSpan(i * natural.Length, natural.Length));
                adversarial.CopyTo(iterates.AsSpan(i * natural.Length, natural.Length));
            }

            comparison.Relative("output.pgd_gradients", gradients, golden.Floats("output.pgd_gradients"), comparison.Bounds.Gradient);
            comparison.Adversarial("output.pgd_images", iterates, theirs, natural, budget.Epsilon);
        }

        new LinfPgd(graph, objective).Run(budget, images, start, gradient, adversarial);
        comparison.Adversarial(
            "output.adversarial_images", adversarial.ToArray(), golden.Floats("output.adversarial_images"), natural, budget.Epsilon);
    }
}
