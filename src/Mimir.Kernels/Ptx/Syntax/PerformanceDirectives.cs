namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads what stands between a function's parameters and its body.</summary>
internal sealed class PerformanceDirectives(TokenReader reader, FunctionHeader header)
{
    /// <summary>Reads all of them.</summary>
    public void Read(bool isEntry)
    {
        while (reader.Current.Kind == TokenKind.Dotted)
        {
            var directive = reader.Take();
            var name = reader.Text(directive);
            if (!isEntry && name is ".maxntid" or ".reqntid" or ".minnctapersm" or ".maxnctapersm")
                TokenReader.Fail(directive.Position, $"{name} is for kernels", "declaration");
            switch (name)
            {
                case ".maxntid":
                    Once(header.MaximumBlock is null && header.RequiredBlock is null, directive);
                    header.MaximumBlock = ReadBlock();
                    break;
                case ".reqntid":
                    Once(header.MaximumBlock is null && header.RequiredBlock is null, directive);
                    header.RequiredBlock = ReadBlock();
                    break;
                case ".minnctapersm":
                    header.MinimumBlocksPerMultiprocessor = ReadCount(name);
                    break;
                case ".maxnctapersm":
                    ReadCount(name);
                    break;
                case ".maxnreg":
                    header.MaximumRegisters = ReadCount(name);
                    break;
                case ".noreturn":
                    break;
                case ".pragma":
                    reader.Expect(TokenKind.String, "a string");
                    reader.ExpectSemicolon(".pragma");
                    break;
                case ".explicitcluster" or ".reqnctapercluster" or ".maxclusterrank" or ".blocksareclusters":
                    TokenReader.Fail(directive.Position, $"{name} is not supported: there are no clusters", "unsupported");
                    break;
                default:
                    TokenReader.Fail(directive.Position, $"{name} cannot stand between a function's header and its body");
                    break;
            }
        }
    }

    private static void Once(bool isFirst, PtxToken directive)
    {
        if (!isFirst)
            TokenReader.Fail(directive.Position, ".maxntid and .reqntid exclude each other and stand once", "declaration");
    }

    private int ReadCount(string name) => (int)ConstantExpression.ReadInteger(reader, $"the number of {name}", 1, int.MaxValue);

    private Dim3 ReadBlock()
    {
        var sizes = new[] { 1, 1, 1 };
        for (var i = 0; i < 3; i++)
        {
            sizes[i] = (int)ConstantExpression.ReadInteger(reader, "a size of the block", 1, int.MaxValue);
            if (!reader.TryTake(','))
                break;
        }
        return new Dim3(sizes[0], sizes[1], sizes[2]);
    }
}
