using System.Text.Json.Nodes;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class CheckpointTests
{
    private HostDevice _device = null!;
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => (_device, _folder) = (new HostDevice(1), new TemporaryFolder());

    [TearDown]
    public void TearDown()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void AnAutoencoderAndItsStateComeBack()
    {
        using var model = TinyModels.Autoencoder(_device);
        using var optimizer = Optimizer(model);
        optimizer.FirstMoments.CopyFrom(SeededValues.Normal(optimizer.FirstMoments.Length, 1));
        optimizer.SecondMoments.CopyFrom(SeededValues.Pixels(optimizer.SecondMoments.Length, 2));
        var position = new TrainingPosition
        {
            Epoch = 3, Batch = 2, Step = 1L << 40, OptimiserSteps = 77, MetricSums = [0.1, double.NaN], MetricCounts = [2, 0], StepState = [1.0 / 3], Seconds = 1.5,
        };
        var path = _folder.File("a.safetensors");
        Checkpoint.Save(path, model, optimizer, CheckpointInfo.Of(model) with { Data = "digits", Position = position });

        using var checkpoint = Checkpoint.Open(path);
        Assert.That(checkpoint.Info.Data, Is.EqualTo("digits"));
        var back = checkpoint.Info.Position!;
        Assert.That((back.Epoch, back.Batch, back.Step, back.OptimiserSteps, back.Seconds), Is.EqualTo((3, 2, 1L << 40, 77L, 1.5)));
        Assert.That(back.MetricSums, Is.EqualTo(position.MetricSums).AsCollection);
        Assert.That(back.MetricCounts, Is.EqualTo(position.MetricCounts).AsCollection);
        Assert.That(back.StepState, Is.EqualTo(position.StepState).AsCollection);
        using var other = checkpoint.LoadAutoencoder(_device);
        Assert.That((other.Encoder, other.Decoder, other.NormalisePatches), Is.EqualTo((model.Encoder, model.Decoder, model.NormalisePatches)));
        Assert.That(other.Parameters.Values.ToArray().Bits(), Is.EqualTo(model.Parameters.Values.ToArray().Bits()).AsCollection);
        using var otherOptimizer = Optimizer(other);
        checkpoint.LoadInto(otherOptimizer, other);
        foreach (var parameter in model.Parameters.Parameters.Where(p => p.Trainable))
        {
            Assert.That(Part(otherOptimizer.FirstMoments), Is.EqualTo(Part(optimizer.FirstMoments)).AsCollection);
            Assert.That(Part(otherOptimizer.SecondMoments), Is.EqualTo(Part(optimizer.SecondMoments)).AsCollection);

            float[] Part(DeviceSpan<float> flat) => flat.Slice(parameter.Offset, parameter.Shape.Count).ToArray();
        }

        Assert.That(() => checkpoint.LoadClassifier(_device), Throws.TypeOf<FileFormatException>().With.Message.Contains("mimir finetune --init"));
    }

    [Test]
    public void AClassifierComesBack([Values] PoolKind pool)
    {
        using var model = TinyModels.Classifier(_device, pool: pool);
        var path = Save(model);
        using var checkpoint = Checkpoint.Open(path);
        using var other = checkpoint.LoadClassifier(_device);
        Assert.That((other.Encoder, other.Classes, other.Pool), Is.EqualTo((model.Encoder, model.Classes, model.Pool)));
        Assert.That(other.Parameters.Values.ToArray().Bits(), Is.EqualTo(model.Parameters.Values.ToArray().Bits()).AsCollection);
        Assert.That(() => checkpoint.LoadAutoencoder(_device), Throws.TypeOf<FileFormatException>().With.Message.Contains("holds a classifier"));
        using var optimizer = Optimizer(other);
        Assert.That(() => checkpoint.LoadInto(optimizer, other), Throws.TypeOf<FileFormatException>(), "no state was saved");
    }

    [Test]
    public void AClassifierTakesTheEncoderAlone()
    {
        using var mae = TinyModels.Autoencoder(_device, seed: 1);
        using var model = TinyModels.Classifier(_device, pool: PoolKind.Class, seed: 2);
        using var untouched = TinyModels.Classifier(_device, pool: PoolKind.Class, seed: 2);
        mae.Parameters["norm.weight"].Value.AsSpan().Fill(3);
        using var checkpoint = Checkpoint.Open(Save(mae));
        checkpoint.LoadEncoderInto(model);
        foreach (var parameter in model.Parameters.Parameters)
        {
            var own = parameter.Name.StartsWith("norm.") || parameter.Name.StartsWith("head.");
            var expected = (own ? untouched.Parameters : mae.Parameters)[parameter.Name].Value.ToArray();
            Assert.That(parameter.Value.ToArray(), Is.EqualTo(expected).AsCollection, parameter.Name);
        }
    }

    [Test]
    public void ARunFolderStandsForItsLastCheckpoint()
    {
        Assert.That(() => Checkpoint.Open(_folder.Path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("checkpoint-last.safetensors"));
        Assert.That(() => Checkpoint.Open(_folder.File("none")), Throws.TypeOf<FileNotFoundException>());
        using var model = TinyModels.Classifier(_device);
        Checkpoint.Save(RunFolder.CheckpointIn(_folder.Path), model, null, CheckpointInfo.Of(model));
        Assert.That(() => Checkpoint.Open(_folder.Path).Dispose(), Throws.Nothing);
    }

    [Test]
    public void ATruncatedFileIsRefused([Values(1, 100, 5000, -1)] int cut)
    {
        using var model = TinyModels.Classifier(_device);
        var path = Save(model);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, cut < 0 ? [] : bytes[..^cut]);
        Assert.That(() => Checkpoint.Open(path), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path));
    }

    [Test]
    public void AForeignSafetensorsFileIsRefused()
    {
        var path = _folder.File("foreign.safetensors");
        new SafetensorsWriter().Add("cls_token", [1, 1, 16], new float[16]).Save(path);
        Assert.That(() => Checkpoint.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("without Mimir's description"));
    }

    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("[1]")]
    [TestCase("{")]
    [TestCase("""{"kind":"mae","encoder":null}""")]
    [TestCase("""{"kind":null,"encoder":null}""")]
    [TestCase("""{"kind":"mae","encoder":{"image":"eight"}}""")]
    [TestCase("""{"kind":"mae","encoder":{"image":8,"channels":3,"patch":2,"embed":16,"depth":2,"heads":2,"mlp_ratio":2},"colour":"red"}""")]
    public void ADamagedDescriptionIsRefused(string description)
    {
        var path = _folder.File("damaged.safetensors");
        new SafetensorsWriter(new Dictionary<string, string> { ["mimir"] = description }).Add("a", [1], new float[1]).Save(path);
        Assert.That(() => Checkpoint.Open(path), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path));
    }

    [Test]
    public void SizesThatMakeNoModelAreRefused()
    {
        using var model = TinyModels.Autoencoder(_device);
        foreach (var (key, value) in new[] { ("embed", 17), ("heads", 0), ("patch", 3), ("depth", -1), ("image", 0) })
        {
            var path = Edit(Save(model), info => info["encoder"]![key] = value);
            using var checkpoint = Checkpoint.Open(path);
            Assert.That(() => checkpoint.LoadAutoencoder(_device), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path), key);
        }
    }

    [Test]
    public void ATensorThatIsMissingIsNamed() => AssertRefused(
        (writer, tensor, values) => tensor.Name == "blocks.1.norm2.bias" ? writer : writer.Add(tensor.Name, [.. tensor.Shape], values), "'blocks.1.norm2.bias'");

    [Test]
    public void ATensorOfAnotherShapeIsNamed() => AssertRefused(
        (writer, tensor, values) => tensor.Name == "head.weight"
            ? writer.Add(tensor.Name, [tensor.Shape[1], tensor.Shape[0]], values)
            : writer.Add(tensor.Name, [.. tensor.Shape], values),
        "'head.weight'");

    [Test]
    public void ATensorOfAnotherTypeIsNamed() => AssertRefused(
        (writer, tensor, values) => tensor.Name == "head.bias"
            ? writer.Add(tensor.Name, [.. tensor.Shape], Array.ConvertAll(values, value => (double)value))
            : writer.Add(tensor.Name, [.. tensor.Shape], values),
        "'head.bias'");

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void ATensorThatHoldsNoNumberIsNamed(float value) => AssertRefused(
        (writer, tensor, values) =>
        {
            if (tensor.Name == "fc_norm.bias")
                values[2] = value;
            return writer.Add(tensor.Name, [.. tensor.Shape], values);
        },
        "'fc_norm.bias' holds a value that is not a finite number");

    private static AdamWOptimizer Optimizer(Model model) =>
        new(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0), 0.9f, 0.95f);

    private string Save(Model model)
    {
        var path = _folder.File("saved.safetensors");
        Checkpoint.Save(path, model, null, CheckpointInfo.Of(model));
        return path;
    }

    private void AssertRefused(Func<SafetensorsWriter, TensorEntry, float[], SafetensorsWriter> copy, string message)
    {
        using var model = TinyModels.Classifier(_device);
        var path = Rewrite(Save(model), copy, metadata => metadata);
        using var checkpoint = Checkpoint.Open(path);
        Assert.That(
            () => checkpoint.LoadClassifier(_device), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path).And.Message.Contains(message));
    }

    private string Edit(string path, Action<JsonNode> edit) => Rewrite(
        path, (writer, tensor, values) => writer.Add(tensor.Name, [.. tensor.Shape], values),
        metadata =>
        {
            var info = JsonNode.Parse(metadata)!;
            edit(info);
            return info.ToJsonString();
        });

    private string Rewrite(string path, Func<SafetensorsWriter, TensorEntry, float[], SafetensorsWriter> copy, Func<string, string> describe)
    {
        var result = _folder.File("rewritten.safetensors");
        using var file = SafetensorsFile.Open(path);
        var writer = new SafetensorsWriter(new Dictionary<string, string> { ["mimir"] = describe(file.Metadata["mimir"]) });
        foreach (var tensor in file.Tensors)
            copy(writer, tensor, file.Read<float>(tensor.Name));
        writer.Save(result);
        return result;
    }
}
