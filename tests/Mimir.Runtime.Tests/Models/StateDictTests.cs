using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

/// <summary>Names, order and shapes of the parameters: those of timm and MAE.</summary>
[TestFixture]
internal sealed class StateDictTests
{
    [Test]
    public void AnAutoencoderHasMaesNames()
    {
        using var device = new AddressOnlyDevice();
        using var model = new MaskedAutoencoder(device, Presets.Encoder("vit_ti", 32, 3, 2), DecoderConfig.Published);
        string[] expected =
        [
            "cls_token [1, 1, 192]", "pos_embed [1, 257, 192]", "mask_token [1, 1, 128]", "decoder_pos_embed [1, 257, 128]",
            "patch_embed.proj.weight [192, 3, 2, 2]", "patch_embed.proj.bias [192]",
            .. Enumerable.Range(0, 12).SelectMany(i => Block($"blocks.{i}", 192)),
            "norm.weight [192]", "norm.bias [192]", "decoder_embed.weight [128, 192]", "decoder_embed.bias [128]",
            .. Enumerable.Range(0, 2).SelectMany(i => Block($"decoder_blocks.{i}", 128)),
            "decoder_norm.weight [128]", "decoder_norm.bias [128]", "decoder_pred.weight [12, 128]", "decoder_pred.bias [12]",
        ];
        Assert.That(model.Parameters.Parameters.Select(p => $"{p.Name} {p.Shape}"), Is.EqualTo(expected).AsCollection);
        Assert.That(
            model.Parameters.Parameters.Where(p => !p.Trainable).Select(p => p.Name),
            Is.EqualTo(new[] { "pos_embed", "decoder_pos_embed" }).AsCollection);
    }

    [TestCase(PoolKind.Mean, "fc_norm")]
    [TestCase(PoolKind.Class, "norm")]
    public void AClassifierHasTimmsNames(PoolKind pool, string norm)
    {
        using var device = new AddressOnlyDevice();
        using var model = new VisionTransformer(device, Presets.Encoder("vit_ti", 32, 3, 4), 10, pool);
        string[] expected =
        [
            "cls_token [1, 1, 192]", "pos_embed [1, 65, 192]", "patch_embed.proj.weight [192, 3, 4, 4]", "patch_embed.proj.bias [192]",
            .. Enumerable.Range(0, 12).SelectMany(i => Block($"blocks.{i}", 192)),
            $"{norm}.weight [192]", $"{norm}.bias [192]", "head.weight [10, 192]", "head.bias [10]",
        ];
        Assert.That(model.Parameters.Parameters.Select(p => $"{p.Name} {p.Shape}"), Is.EqualTo(expected).AsCollection);
        Assert.That(model.Parameters.Parameters, Is.All.Property("Trainable").True);
    }

    private static string[] Block(string name, int d) =>
    [
        $"{name}.norm1.weight [{d}]", $"{name}.norm1.bias [{d}]",
        $"{name}.attn.qkv.weight [{3 * d}, {d}]", $"{name}.attn.qkv.bias [{3 * d}]",
        $"{name}.attn.proj.weight [{d}, {d}]", $"{name}.attn.proj.bias [{d}]",
        $"{name}.norm2.weight [{d}]", $"{name}.norm2.bias [{d}]",
        $"{name}.mlp.fc1.weight [{4 * d}, {d}]", $"{name}.mlp.fc1.bias [{4 * d}]",
        $"{name}.mlp.fc2.weight [{d}, {4 * d}]", $"{name}.mlp.fc2.bias [{d}]",
    ];
}
