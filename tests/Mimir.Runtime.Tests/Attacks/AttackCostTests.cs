using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>An attack asks for the gradient of the images alone, so nothing may be computed for weights: counted kernel by kernel.</summary>
[TestFixture]
internal sealed class AttackCostTests
{
    private const int Batch = 3;
    private const int Steps = 4;
    private const double LayerNormFlopsWithoutWeights = 13; // an element; 16 with weights (LayerNorm.Backward)

    private static readonly AttackBudget s_budget = new(8f / 255, 2f / 255, Steps);

    [Test]
    public void PgdOnAClassifierComputesNoWeightGradient([Values] PoolKind pool)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device, pool: pool);
        var labels = TinyModels.Labels(device, Batch);
        var depth = model.Encoder.Depth;
        var tokens = model.Encoder.Patches + 1;
        using var counter = Attack(device, model, new CrossEntropyObjective(model) { Labels = labels });

        var products = 4 * depth + 2; // qkv, proj, fc1, fc2 a block; patch embedding and head
        AssertCalls(counter, products, depth, norms: 2 * depth + 1, kinds: 16);
        var normalised = Batch * model.Encoder.Embed * (2.0 * depth * tokens + 1); // the last norm sees the pooled rows alone
        Assert.That(counter.Flops("LayerNorm.Backward"), Is.EqualTo(Steps * LayerNormFlopsWithoutWeights * normalised));
        Assert.That(counter.Calls("CrossEntropy.Forward"), Is.EqualTo(Steps));
        Assert.That(counter.Calls("CrossEntropy.Backward"), Is.EqualTo(Steps));
        Assert.That(counter.Calls("Patchify.Backward"), Is.EqualTo(Steps));
        labels.Buffer.Dispose();
    }

    [Test]
    public void PgdOnAnAutoencoderComputesNoWeightGradient([Values] bool natural)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Autoencoder(device);
        var patches = model.Encoder.Patches;
        var mask = PatchMask.Allocate(device, Batch, patches, PatchMask.KeptOf(patches, 0.75));
        var noise = device.Allocate<float>(Batch * patches);
        noise.CopyFrom(SeededValues.Pixels(noise.Length, 4));
        mask.Draw(noise, Batch);
        var target = TinyModels.Images(device, model.Encoder, Batch);
        using var counter = Attack(device, model, new ReconstructionObjective(model) { Mask = mask, Target = natural ? target : default });

        var (depth, decoderDepth) = (model.Encoder.Depth, model.Decoder.Depth);
        var products = 4 * (depth + decoderDepth) + 3; // and patch embedding, decoder embedding, prediction
        AssertCalls(counter, products, depth + decoderDepth, norms: 2 * (depth + decoderDepth) + 2, kinds: natural ? 16 : 17);
        var normalised = Batch * ((2 * depth + 1) * (mask.Kept + 1) * model.Encoder.Embed + (2 * decoderDepth + 1) * (patches + 1) * model.Decoder.Embed);
        Assert.That(counter.Flops("LayerNorm.Backward"), Is.EqualTo(Steps * LayerNormFlopsWithoutWeights * normalised));
        Assert.That(counter.Calls("Patchify.Forward"), Is.EqualTo(2 * Steps), "the visible patches and the target's");
        Assert.That(counter.Calls("Patchify.Backward"), Is.EqualTo(natural ? Steps : 2 * Steps), "through the target only where it is attacked too");
        Assert.That(counter.Calls("Reduce.AddInto"), Is.EqualTo(natural ? 0 : Steps), "the two ways into the image are added");
        mask.Free();
        noise.Buffer.Dispose();
        target.Buffer.Dispose();
    }

    private static KernelCounter Attack(HostDevice device, Model model, IObjective objective)
    {
        using var pools = new LanePools(device, device.Lanes);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var rooms = Enumerable.Range(0, 3).Select(_ => device.Allocate<float>(images.Length)).ToArray();
        rooms[0].CopyFrom(SeededValues.Normal(images.Length, 9, 0.01));
        var counter = new KernelCounter(device);
        new LinfPgd(new Graph(pools), objective).Run(s_budget, images, rooms[0], rooms[1], rooms[2]);
        counter.Dispose();
        foreach (var room in rooms)
            room.Buffer.Dispose();
        images.Buffer.Dispose();
        return counter;
    }

    private static void AssertCalls(KernelCounter counter, int products, int attentions, int norms, int kinds)
    {
        Assert.Multiple(() =>
        {
            Assert.That(counter.Calls("MatMul.BackwardWeight"), Is.Zero);
            Assert.That(counter.Calls("MatMul.Forward"), Is.EqualTo(Steps * products));
            Assert.That(counter.Calls("MatMul.BackwardInput"), Is.EqualTo(Steps * products));
            Assert.That(counter.Calls("Attention.Forward"), Is.EqualTo(Steps * attentions));
            Assert.That(counter.Calls("Attention.Backward"), Is.EqualTo(Steps * attentions));
            Assert.That(counter.Calls("LayerNorm.Forward"), Is.EqualTo(Steps * norms));
            Assert.That(counter.Calls("LayerNorm.Backward"), Is.EqualTo(Steps * norms));
            Assert.That(counter.Calls("LinfStep.Start"), Is.EqualTo(1));
            Assert.That(counter.Calls("LinfStep.Step"), Is.EqualTo(Steps));
            Assert.That(counter.Names.Count(), Is.EqualTo(kinds), "no other kernel: " + string.Join(", ", counter.Names));
        });
    }
}
