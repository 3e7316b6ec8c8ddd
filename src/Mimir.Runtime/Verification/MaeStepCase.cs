using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Verification;

/// <summary>Compares a pre-training step: the attack from its given start; then, from the file's own attacked images and by the very step that
/// training runs, predictions, latent, losses, gradients and one update.</summary>
internal sealed class MaeStepCase(GoldenCase golden, Comparison comparison, Device device)
{
    /// <summary>Runs the case.</summary>
    public void Run()
    {
        var encoder = GoldenModels.Encoder(golden);
        var decoder = new DecoderConfig(
            golden.Integer("model", "decoder_embed"), golden.Integer("model", "decoder_depth"), golden.Integer("model", "decoder_heads"));
        using var model = new MaskedAutoencoder(device, encoder, decoder, golden.Flag("model", "norm_pix_loss"));
        GoldenModels.Fill(golden, model);

        var images = golden.Floats("input.images");
        var batch = images.Length / (encoder.Channels * encoder.Image * encoder.Image);
        using var inputs = new DeviceArrays(device);
        var fresh = golden.Word("options", "attack_mask") == "fresh";
        var natural = golden.Word("options", "attack_target") == "natural";
        var objective = new PretrainObjective
        {
            Method = golden.Has("output.mi") ? PretrainMethod.Mimir : PretrainMethod.AdvMae,
            Budget = new AttackBudget(
                (float)golden.Number("options", "eps"), (float)golden.Number("options", "alpha"), golden.Integer("options", "steps")),
            MaskRatio = golden.Number("options", "mask_ratio"),
            AttackMask = fresh ? AttackMask.Fresh : AttackMask.Shared,
            AttackTarget = natural ? AttackTarget.Natural : AttackTarget.Perturbed,
            MiWeight = golden.Number("options", "mi_weight", 0),
        };
        var start = inputs.Place(golden.Floats("input.attack_start"));
        var maskNoise = inputs.Place(golden.Floats("input.mask_noise"));
        var attackNoise = fresh ? inputs.Place(golden.Floats("input.attack_mask_noise")) : maskNoise;
        var placed = inputs.Place(images);
        CompareAttack(model, objective, batch, placed, start, attackNoise, images);

        var adversarial = inputs.Place(golden.Floats("output.adversarial_images"));
        ComparePrediction(model, objective, batch, adversarial, maskNoise);

        var estimator = objective.Method == PretrainMethod.Mimir ? GoldenModels.Estimator(golden) : null;
        using var step = new PretrainStep(model, objective, estimator, batch);
        var report = step.Run(new PretrainInputs(placed, 0, 0) { MaskNoise = maskNoise, AttackMaskNoise = attackNoise, Adversarial = adversarial });
        comparison.Relative("output.mask", step.Mask.Removed.ToArray(), golden.Floats("output.mask"), 0);
        comparison.Relative("output.latent", step.Latents.ToArray(), golden.Floats("output.latent"), comparison.Bounds.Output);
        comparison.Relative("output.loss_reconstruction", report.Reconstruction, golden.Floats("output.loss_reconstruction")[0], comparison.Bounds.Loss);
        if (estimator is not null)
        {
            comparison.Relative("output.mi", report.Information, golden.Floats("output.mi")[0], comparison.Bounds.Information);
            comparison.Relative("output.mi_gradient", step.PenaltyGradients.ToArray(), golden.Floats("output.mi_gradient"), comparison.Bounds.Gradient);
        }

        comparison.Relative("output.loss", report.Loss, golden.Floats("output.loss")[0], comparison.Bounds.Loss);
        ParameterTensors.CompareGradients(golden, comparison, model, step.Gradients);
        var segments = ParameterGroups.Pretraining(model.Parameters, (float)golden.Number("options", "weight_decay"));
        using var optimizer = ParameterTensors.Optimizer(golden, model, segments);
        ParameterTensors.CompareUpdate(golden, comparison, model, optimizer, step.Gradients, "after");
    }

    private void CompareAttack(
        MaskedAutoencoder model, PretrainObjective objective, int batch, DeviceSpan<float> images, DeviceSpan<float> start,
        DeviceSpan<float> noise, float[] natural)
    {
        var patches = model.Encoder.Patches;
        var mask = PatchMask.Allocate(device, batch, patches, PatchMask.KeptOf(patches, objective.MaskRatio));
        mask.Draw(noise, batch);
        using var arrays = new DeviceArrays(device);
        using var pools = new LanePools(device, device.Lanes);
        var adversarial = arrays.Empty(images.Length);
        var gradient = arrays.Empty(images.Length);
        var attacked = new ReconstructionObjective(model)
        {
            Mask = mask,
            Target = objective.AttackTarget == AttackTarget.Natural ? images : default,
            Scale = 1f / (batch * (patches - mask.Kept)),
        };
        var graph = new Graph(pools);
        LinfStep.Start(images, start, adversarial);
        for (var i = 0; i < objective.Budget.Steps; i++)
        {
            LinfPgd.Step(graph, attacked, objective.Budget, images, gradient, adversarial);
            if (i == 0)
                comparison.Relative("output.attack_gradient", gradient.ToArray(), golden.Floats("output.attack_gradient"), comparison.Bounds.Gradient);
        }

        comparison.Adversarial(
            "output.adversarial_images", adversarial.ToArray(), golden.Floats("output.adversarial_images"), natural, objective.Budget.Epsilon);
        mask.Free();
    }

    private void ComparePrediction(
        MaskedAutoencoder model, PretrainObjective objective, int batch, DeviceSpan<float> adversarial, DeviceSpan<float> noise)
    {
        var patches = model.Encoder.Patches;
        var values = model.Encoder.PatchValues;
        var mask = PatchMask.Allocate(device, batch, patches, PatchMask.KeptOf(patches, objective.MaskRatio));
        mask.Draw(noise, batch);
        using var pools = new LanePools(device, device.Lanes);
        var graph = new Graph(pools);
        graph.Begin();
        var latent = model.Encode(graph, graph.Input(adversarial, model.ImageShape(adversarial.Length)), mask);
        var all = model.Decode(graph, latent, mask).Data.ToArray();
        graph.End();
        mask.Free();
        var prediction = new float[batch * patches * values];
        for (var i = 0; i < batch; i++)
            all.AsSpan((i * (patches + 1) + 1) * values, patches * values).CopyTo(prediction.AsSpan(i * patches * values));
        comparison.Relative("output.pred", prediction, golden.Floats("output.pred"), comparison.Bounds.Output);
    }
}
